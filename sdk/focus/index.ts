export { createFocus, type Focus, type FocusOptions } from "./focus.ts";
