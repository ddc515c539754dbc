export { createFocus, type Focus } from "./focus.ts";
