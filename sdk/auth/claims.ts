/** What a JWT says about itself, believed without verification: the server judges it. Times in epoch milliseconds. */
export interface Claims {
  readonly subject?: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
}

/** Reads a token's claims; a token that is no JWT has none. */
export function readClaims(token: string): Claims {
  try {
    const [, body = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    // JSON that is no object has none of these fields, and what they hold is checked below.
    const { sub, iat, exp } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return {
      ...(typeof sub === "string" ? { subject: sub } : {}),
      ...(typeof iat === "number" ? { issuedAt: iat * 1_000 } : {}),
      ...(typeof exp === "number" ? { expiresAt: exp * 1_000 } : {}),
    };
  } catch {
    return {};
  }
}
