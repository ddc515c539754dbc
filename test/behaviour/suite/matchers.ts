import { expect } from "vitest";

/** vitest's own matchers are `any`, which would spread to everything around them. */
export const anyNumber: unknown = expect.any(Number);
export const anyString: unknown = expect.any(String);
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
