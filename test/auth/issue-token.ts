const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JWT whose signature nobody here checks. Times in epoch milliseconds. */
export function issueToken(issuedAt: number, lifeMs: number, sub = "ada"): string {
  const claims = { sub, iat: Math.floor(issuedAt / 1_000), exp: Math.floor((issuedAt + lifeMs) / 1_000) };
  return `${encode({ alg: "HS256" })}.${encode(claims)}.signature`;
}
