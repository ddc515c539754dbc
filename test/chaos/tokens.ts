import { HoldfastError } from "../../sdk/errors.ts";
import type { Auth } from "../../sdk/index.ts";
import type { TokenVerdict } from "../../server/auth/custom-verifier.ts";
import type { ManualClock } from "../support/manual-clock.ts";

/** Tokens that live for seconds, and an application that is bad at fetching them. */
export interface Tokens {
  readonly auth: Auth;
  verify(token: string): TokenVerdict;
  /** For as long, `getToken` fails, answers late or with a token of the past. */
  trouble(ms: number): void;
  heal(): void;
}

const LIFETIME_S = 20;

export function createTokens(clock: ManualClock, random: () => number, onExpired: () => void): Tokens {
  let badUntil = 0;
  const issue = (exp: number): string => {
    const claims = { sub: "ada", iat: exp - LIFETIME_S, exp, projects: "*" };
    return `none.${btoa(JSON.stringify(claims))}.none`;
  };
  const later = <T>(ms: number, task: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      clock.schedule(ms, () => {
        try {
          resolve(task());
        } catch (error) {
          reject(error);
        }
      });
    });
  const fresh = (): string => issue(Math.floor(clock.now() / 1_000) + LIFETIME_S);

  return {
    auth: {
      getToken() {
        const isBad = clock.now() < badUntil;
        const roll = random();
        if (!isBad) return later(Math.floor(roll * 100), fresh);
        if (roll < 0.4) return issue(Math.floor(clock.now() / 1_000) - 60);
        if (roll < 0.7) return later(Math.floor(random() * 25_000), fresh);
        return later(50, () => {
          throw new HoldfastError("UNAVAILABLE", "auth.getToken failed");
        });
      },
    },
    verify(token) {
      const claims = JSON.parse(atob(token.split(".")[1] ?? "")) as { sub: string; exp: number };
      if ((claims.exp + 5) * 1_000 <= clock.now()) onExpired();
      return { ...claims, projects: "*" };
    },
    trouble(ms) {
      badUntil = clock.now() + ms;
    },
    heal() {
      badUntil = 0;
    },
  };
}
