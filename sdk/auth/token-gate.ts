import type { Link } from "../connection/link.ts";
import { HoldfastError } from "../errors.ts";
import type { ConnectionStatus } from "../protocol/index.ts";
import type { RecordTrace } from "../trace/create-trace.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Clock } from "../util/clock.ts";
import type { Auth, TokenReason } from "./auth.ts";
import { type Claims, readClaims } from "./claims.ts";
import { createServerClock } from "./server-clock.ts";
import { createTokenFetch, type TokenFetch } from "./token-fetch.ts";

export interface TokenGateOptions {
  readonly auth: Auth | undefined;
  readonly clock: Clock;
  /** Patience with `getToken`. */
  readonly timeoutMs: number;
  readonly record: RecordTrace;
  random(): number;
  onError(error: unknown): void;
  /** The main link, asked for when a token is refreshed in band. */
  link(): Link;
  /** Another user from here on: everything of the old one goes, and the connection is made anew. */
  onSubjectChanged(): void;
}

/**
 * The one way a token takes to the server: first connect, retry, wake, refresh in band and the server's demand.
 * It owns the token and its timers; it decides nothing about the connection.
 */
export interface TokenGate {
  readonly canAuthenticate: boolean;
  /** The token to send, unless it is known to be expired. */
  readonly current: string | undefined;
  /** A usable token, fetched if need be. @throws HoldfastError as `TokenFetch`, `TOKEN_EXPIRED` for one known to be. */
  obtain(): Promise<string | undefined>;
  /** The server would not have the token it was given. */
  refused(error: HoldfastError): void;
  /** Learns from the greeting; false when it greets another user than before. */
  greeted(status: ConnectionStatus): boolean;
  /** The connection ended: nothing is refreshed until the next greeting. */
  lost(): void;
  /** `auth:expired` came: the server ends what was opened with the token it holds. */
  expired(): void;
  /** `auth:expiring` came. */
  expiring(expiresAt: number): void;
  /** Other credentials; the present token is not used any more. */
  use(auth: Auth | undefined): void;
  /** Fetches and sends a token in band now; while not connected the next attempt does. */
  refresh(reason: TokenReason): void;
  close(): void;
}

interface Token {
  readonly text: string;
  readonly claims: Claims;
  /** In the server's time. */
  readonly obtainedAt: number;
  /** Known to live for so short that the server warns of it at once. */
  readonly isShort: boolean;
  expiresAt: number | undefined;
}

/** The server warns 60 s ahead; a token that lives for less than two minutes is renewed at half its life. */
const LEEWAY_MS = 60_000;
/** A token that is due although it is this young is not replaced at once, lest tokens be fetched without a pause. */
const YOUNG_MS = 5_000;

export function createTokenGate(options: TokenGateOptions): TokenGate {
  const { clock, record, random, onError } = options;
  const serverClock = createServerClock(clock);
  let fetch: TokenFetch | undefined;
  let token: Token | undefined;
  /** Who we are, by the tokens and by the server. The two need not agree; each is compared with itself. */
  let claimedSubject: string | undefined;
  let userId: string | undefined;
  /** Refused as expired: not sent again. */
  let expiredText: string | undefined;
  /** What the server holds; another one may be on its way. */
  let heldText: string | undefined;
  let nextReason: TokenReason = "connect";
  let isUp = false;
  let isRefreshing = false;
  let attempts = 0;
  let cancelTimer: (() => void) | undefined;
  /** Rises when credentials change: what an older fetch brings is not taken. */
  let generation = 0;

  const isExpired = ({ expiresAt }: { readonly expiresAt?: number | undefined }): boolean =>
    expiresAt !== undefined && expiresAt <= serverClock.now();

  const setAuth = (auth: Auth | undefined): void => {
    fetch = auth === undefined ? undefined : createTokenFetch(auth, clock, options.timeoutMs);
  };
  setAuth(options.auth);

  const stopTimer = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
  };

  /** Asks the application; returns without setting the token when the credentials changed meanwhile. */
  const renew = async (reason: TokenReason): Promise<Token | undefined> => {
    const mine = generation;
    record("auth", "fetch", { reason });
    const text = await fetch?.get(reason);
    if (mine !== generation) throw new HoldfastError("CLOSED", "Other credentials are used by now");
    if (text === undefined) {
      token = undefined;
      return undefined;
    }
    const isKnown = text === token?.text;
    const claims = readClaims(text);
    serverClock.observe(claims);
    if (text === expiredText || isExpired(isKnown && token !== undefined ? token : claims)) {
      throw new HoldfastError("TOKEN_EXPIRED", "auth.getToken gave an expired token");
    }
    if (isKnown) return token;
    const { subject, issuedAt, expiresAt } = claims;
    const isShort =
      issuedAt === undefined || expiresAt === undefined ? isUp : expiresAt - issuedAt <= 2 * LEEWAY_MS;
    token = { text, claims, obtainedAt: serverClock.now(), isShort, expiresAt };
    nextReason = "expiring";
    const before = claimedSubject;
    claimedSubject = subject ?? before;
    if (before !== undefined && before !== claimedSubject) changeSubject();
    return token;
  };

  /** Whoever the next greeting names is nobody new. */
  const changeSubject = (): void => {
    userId = undefined;
    options.onSubjectChanged();
  };

  const scheduleRefresh = (delayMs: number, reason: TokenReason): void => {
    stopTimer();
    // Timers hold 31 bits; one set for longer fires at once.
    cancelTimer = clock.schedule(Math.min(Math.max(0, delayMs), 2 ** 31 - 1), () => void refresh(reason));
  };

  /** When to renew a token, from its life as it is known. */
  const plan = (known: Token): void => {
    if (fetch === undefined || known.expiresAt === undefined || !isUp) return;
    const now = serverClock.now();
    const lifeMs = known.expiresAt - (known.claims.issuedAt ?? known.obtainedAt);
    const dueInMs = known.expiresAt - Math.min(LEEWAY_MS, lifeMs / 2) - now;
    const isYoung = now - known.obtainedAt < YOUNG_MS;
    scheduleRefresh(
      dueInMs <= 0 && isYoung ? Math.max(1_000, (known.expiresAt - now) / 2) : dueInMs,
      "expiring",
    );
  };

  const send = async ({ text }: Token): Promise<{ readonly expiresAt?: number }> => {
    try {
      return await options.link().request("auth:refresh", { token: text });
    } catch (cause) {
      // A link rejects with nothing else.
      const error = cause as HoldfastError;
      if (error.retry === "after-auth") refused(error);
      throw error;
    }
  };

  const refused = (error: HoldfastError): void => {
    if (error.code === "TOKEN_EXPIRED") expiredText = token?.text;
    token = undefined;
    nextReason = "rejected";
  };

  const refresh = async (reason: TokenReason): Promise<void> => {
    if (fetch === undefined || !isUp || isRefreshing) return;
    isRefreshing = true;
    stopTimer();
    const mine = generation;
    const before = token;
    try {
      const renewed = await renew(reason);
      if (renewed === undefined || !isUp || mine !== generation) return;
      if (renewed === before)
        throw new HoldfastError("UNAVAILABLE", "auth.getToken gave the same token again");
      const { expiresAt } = await send(renewed);
      attempts = 0;
      renewed.expiresAt = expiresAt;
      heldText = renewed.text;
      record("auth", "refreshed", { expiresAt });
      if (renewed === token) plan(renewed);
    } catch (error) {
      // Neither `renew` nor `send` throws anything else.
      if (mine === generation) retryRefresh(error as HoldfastError);
    } finally {
      if (mine === generation) isRefreshing = false;
    }
  };

  const retryRefresh = (error: HoldfastError): void => {
    const { code } = error;
    if (code === "CLOSED" || code === "OFFLINE" || !isUp) return;
    if (code === "SUBJECT_CHANGED") {
      changeSubject();
      return;
    }
    attempts += 1;
    onError(error);
    record("auth", "failed", { code });
    // Until the server ends the connection at expiry; then the next attempt fetches a token in the same way.
    scheduleRefresh(backoffMs(attempts, random()), nextReason);
  };

  const reset = (): void => {
    generation += 1;
    isRefreshing = false;
    attempts = 0;
    fetch?.cancel();
    stopTimer();
    token = undefined;
    nextReason = "connect";
  };

  return {
    get canAuthenticate() {
      return fetch !== undefined;
    },
    get current() {
      return token === undefined || isExpired(token) ? undefined : token.text;
    },
    async obtain() {
      if (token !== undefined && !isExpired(token)) return token.text;
      return (await renew(nextReason))?.text;
    },
    refused,
    greeted(status) {
      serverClock.set(status.serverTime);
      if (userId !== undefined && status.userId !== undefined && status.userId !== userId) {
        changeSubject();
        return false;
      }
      userId = status.userId ?? userId;
      isUp = true;
      attempts = 0;
      heldText = token?.text;
      if (token !== undefined) {
        token.expiresAt = status.tokenExpiresAt ?? token.expiresAt;
        plan(token);
      }
      return true;
    },
    lost() {
      isUp = false;
      stopTimer();
    },
    expired() {
      if (token?.text === heldText) refused(new HoldfastError("TOKEN_EXPIRED", "The token expired"));
    },
    expiring(expiresAt) {
      if (token === undefined || !isUp) return;
      token.expiresAt = expiresAt;
      // The warning for a short token comes with the token: it has half its life first.
      if (token.isShort) plan(token);
      else void refresh("expiring");
    },
    use(auth) {
      reset();
      setAuth(auth);
    },
    refresh: (reason) => void refresh(reason),
    close() {
      reset();
      fetch = undefined;
      isUp = false;
    },
  };
}
