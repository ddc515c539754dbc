import { expect } from "../expect.ts";
import type { Need, RawConnectOptions, StateFacts } from "../fact.ts";
import type { TokenClaims } from "../protocol-server.ts";
import { Refused } from "../raw-client.ts";

interface Rejection {
  readonly name: string;
  readonly how: RawConnectOptions;
  readonly claims?: TokenClaims;
  readonly message: string;
  readonly code: string;
}

const REJECTIONS: readonly Rejection[] = [
  { name: "/ui without a token", how: {}, message: "Authentication required", code: "UNAUTHENTICATED" },
  {
    name: "/ui with rubbish for a token",
    how: { auth: { token: "rubbish" } },
    message: "Invalid authentication token",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/ui with a token that is no text",
    how: { auth: { token: 7 } },
    message: "Invalid authentication token",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/ui with an expired token",
    how: {},
    claims: { lifetimeMs: -60_000 },
    message: "Invalid authentication token",
    code: "TOKEN_EXPIRED",
  },
  {
    name: "/ui for a project the token may not read",
    how: { auth: { projectId: "p2" } },
    claims: { projects: { p1: "editor" } },
    message: "Forbidden",
    code: "FORBIDDEN",
  },
  {
    name: "/mobile without a token, before it is asked for a project",
    how: { namespace: "/mobile", local: true },
    message: "Authentication required",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/mobile without a project",
    how: { namespace: "/mobile" },
    claims: {},
    message: "projectId required",
    code: "BAD_REQUEST",
  },
  {
    name: "/cli without ids, before it is asked for a token",
    how: { namespace: "/cli", auth: { projectId: "p1" } },
    message: "sessionId and projectId required",
    code: "BAD_REQUEST",
  },
  {
    name: "/cli without a token",
    how: { namespace: "/cli", auth: { projectId: "p1", sessionId: "s1" } },
    message: "Authentication required",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/terminal without a token",
    how: { namespace: "/terminal" },
    message: "Authentication required for terminal access",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/terminal with rubbish for a token",
    how: { namespace: "/terminal", auth: { token: "rubbish" } },
    message: "Invalid token",
    code: "UNAUTHENTICATED",
  },
  {
    name: "/ without a token",
    how: { namespace: "/" },
    message: "Authentication required",
    code: "UNAUTHENTICATED",
  },
  {
    name: "an unknown protocol, after everything else",
    how: { auth: { protocol: 2 } },
    claims: {},
    message: "Unsupported protocol version",
    code: "UNSUPPORTED_VERSION",
  },
];

export const rejections: StateFacts = (fact) => {
  for (const { name: what, how, claims, message, code } of REJECTIONS) {
    const needs: readonly Need[] = how.local === true ? ["local", "tokens"] : ["remote", "tokens"];
    fact(`${what} is refused: ${message}`, { needs }, async ({ connect, token }) => {
      const auth = { ...how.auth, ...(claims === undefined ? {} : { token: await token(claims) }) };
      const refusal = await connect({ local: false, ...how, auth }).catch((error: unknown) => error);
      expect(refusal instanceof Refused).toBe(true);
      expect(refusal).toMatchObject({ message, data: { code } });
    });
  }
};
