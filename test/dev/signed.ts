import { signToken, type TokenOptions } from "../../server/auth/sign-token.ts";

export const SECRET = "a secret of thirty-two bytes or more";

/** A token that the server of the test takes. */
export function tokenFor(projects: TokenOptions["projects"]): Promise<string> {
  return signToken({ secret: SECRET, userId: "ada", projects, lifetimeMs: 60_000, now: Date.now() });
}
