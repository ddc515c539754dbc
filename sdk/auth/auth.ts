/** Why a token is asked for: to connect, because the present one ends soon, or because the server refused it. */
export type TokenReason = "connect" | "expiring" | "rejected";

export interface TokenRequest {
  readonly reason: TokenReason;
  /** Aborted when nobody waits for this token any more. */
  readonly signal: AbortSignal;
}

/** How the application proves who its user is. */
export interface Auth {
  /**
   * Gives a token that is valid now. Called once at a time; a rejection or 15 s of silence is retried with backoff.
   * Without a token (`null`, `undefined`) the connection is tried as nobody's.
   */
  getToken(request: TokenRequest): Promise<string | null | undefined> | string | null | undefined;
}
