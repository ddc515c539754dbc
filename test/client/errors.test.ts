import { expect, it } from "vitest";
import { errorOfFailure, HoldfastError, isHoldfastError, type Retry } from "../../sdk/errors.ts";
import type { Code } from "../../sdk/protocol/index.ts";

/** What each code asks of who catches it: total, since the compiler wants every code. */
const RETRY: Readonly<Record<Code, Retry>> = {
  BAD_REQUEST: "never",
  UNAUTHENTICATED: "after-auth",
  TOKEN_EXPIRED: "after-auth",
  SUBJECT_CHANGED: "never",
  FORBIDDEN: "never",
  NOT_FOUND: "never",
  CONFLICT: "never",
  RATE_LIMITED: "backoff",
  PAYLOAD_TOO_LARGE: "never",
  UNSUPPORTED_VERSION: "never",
  UNAVAILABLE: "backoff",
  SHUTTING_DOWN: "backoff",
  INTERNAL: "backoff",
  TIMEOUT: "backoff",
  CLOSED: "never",
  OFFLINE: "backoff",
};
/** Those where the message says all there is to do. */
const WITHOUT_REMEDY = ["BAD_REQUEST", "NOT_FOUND", "INTERNAL"];

it.each(Object.entries(RETRY))("%s is worth a retry: %s, and says what to do", (code, retry) => {
  const error = new HoldfastError(code as Code, "It happened");
  expect(error).toMatchObject({ name: "HoldfastError", code, retry, message: "It happened" });
  expect(error.remedy === undefined).toBe(WITHOUT_REMEDY.includes(code));
  expect(isHoldfastError(error)).toBe(true);
  expect(isHoldfastError(error, code as Code)).toBe(true);
  expect(isHoldfastError(error, code === "CLOSED" ? "OFFLINE" : "CLOSED")).toBe(false);
});

it("a code of a newer server is kept, and nothing is tried again for it", () => {
  const error = errorOfFailure({ success: false, error: "New", code: "LATER" as Code });
  expect(error).toMatchObject({ code: "LATER", message: "New", retry: "never" });
});

it("the server's details and wait come along, a remedy of the place beats the code's, and a cause is kept", () => {
  const details = { version: 3 };
  const failure = { success: false, error: "Stale", code: "CONFLICT", details, retryAfterMs: 40 } as const;
  expect(errorOfFailure(failure)).toMatchObject({ details, retryAfterMs: 40 });
  const cause = new TypeError("deeper");
  const error = new HoldfastError("TIMEOUT", "Slow", { remedy: "Wait.", cause });
  expect(error).toMatchObject({ remedy: "Wait.", cause });
});

it("an error of another bundle's class is one too, and others are not", () => {
  const foreign = Object.assign(new Error("x"), { name: "HoldfastError", code: "CONFLICT" });
  expect(isHoldfastError(foreign, "CONFLICT")).toBe(true);
  for (const other of [new Error("x"), { name: "HoldfastError", code: "CONFLICT" }, null, "CONFLICT"]) {
    expect(isHoldfastError(other)).toBe(false);
  }
});
