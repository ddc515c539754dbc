/** What a JWT says about itself, believed without verification: the server judges it. Times in epoch milliseconds. */
export interface Claims {
  readonly subject?: string | undefined;
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** Reads a token's claims; a token that is no JWT has none. */
export function readClaims(token: string): Claims {
  try {
    const [, body = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    // JSON that is no object has none of these fields, and what they hold is checked below.
    const { sub, iat, exp } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return {
      subject: typeof sub === "string" ? sub : undefined,
      issuedAt: typeof iat === "number" ? iat * 1_000 : undefined,
      expiresAt: typeof exp === "number" ? exp * 1_000 : undefined,
    };
  } catch {
    return {};
  }
}
