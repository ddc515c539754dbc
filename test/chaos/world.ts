import { isHoldfastError } from "../../sdk/errors.ts";
import { createMemoryNetwork } from "../../sdk/testing/memory-transport.ts";
import { createTransparentStore } from "../../sdk/testing/transparent-store.ts";
import { createAuthenticator } from "../../server/auth/authenticator.ts";
import { createHub, type Hub } from "../../server/core/hub.ts";
import { createErrorLog } from "../behaviour/open-hub.ts";
import { randomFrom } from "../store/seed.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { noFaults } from "./faults.ts";
import { createRoughNetwork } from "./rough-network.ts";
import { createTokens } from "./tokens.ts";

/** Refusals that another user's write explains. */
const EXPLAINED = ["CONFLICT", "NOT_FOUND"];

export type ChaosWorld = ReturnType<typeof createChaosWorld>;

/** The server, the network and the time of one run, all of one seed. */
export function createChaosWorld(seed: number) {
  const random = randomFrom(seed ^ 0x5eed);
  const clock = createManualClock(1_800_000_000_000);
  const log = createErrorLog();
  const count = noFaults();
  const errors: unknown[] = [];
  const refused = new Set<string>();
  const applied = new Map<string, number>();
  let ids = 0;
  const createId = (prefix: string): string => `${prefix}-${++ids}`;
  const onError = (error: unknown): void => {
    // The application's own trouble with tokens is told, and no fault of ours.
    const isToken = isHoldfastError(error) && /^auth[.:]|token/i.test(error.message);
    if (!isToken) errors.push(error);
  };

  const store = createTransparentStore({ now: clock.now, createEpoch: () => createId("e"), onError });
  store.onCommit(({ events }) => {
    for (const { envelope } of events) {
      const isWrite = /^task:(created|updated|deleted)$/.test(envelope.event);
      if (envelope.mutationId === undefined || !isWrite) continue;
      applied.set(envelope.mutationId, (applied.get(envelope.mutationId) ?? 0) + 1);
    }
  });
  const tokens = createTokens(clock, random, () => {
    count["token expiry"] += 1;
  });
  const hubs: Hub[] = [];
  const start = (): Hub => {
    const authenticator = createAuthenticator({ now: clock.now, auth: { verifyToken: tokens.verify } });
    const made = createHub({ store, clock, log, createId: () => createId("h"), random, authenticator });
    hubs.push(made);
    return made;
  };
  let hub = start();
  const memory = createMemoryNetwork({ hub: () => hub, clock, createId: () => createId("n"), local: false });
  const network = createRoughNetwork({ connect: memory.connect, clock, random, count });

  const flush = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 40) {
      clock.advance(Math.min(40, left));
      await flush();
    }
  };

  return {
    clock,
    random,
    count,
    errors,
    log,
    /** Ids of mutations the server refused, by the word of any page. */
    refused,
    /** How often each mutation changed something. */
    applied,
    store,
    tokens,
    network,
    createId,
    onError,
    pass,
    onRejected(id: string, error: { readonly code: string; readonly details?: unknown }) {
      refused.add(id);
      const details = (error.details ?? {}) as Readonly<Record<string, unknown>>;
      const isExplained = EXPLAINED.includes(error.code) && !("reused" in details) && !("expired" in details);
      if (!isExplained) errors.push(error);
    },
    /** Lets time pass until the promise is settled. */
    async until(promise: Promise<unknown>): Promise<void> {
      let isDone = false;
      void promise.finally(() => {
        isDone = true;
      });
      for (let waited = 0; !isDone; waited += 40) {
        if (waited > 60_000) throw new Error("it takes for ever");
        await pass(40);
      }
    },
    /** As by kill -9: what was on its way is lost, what was committed stays. */
    restart() {
      network.cut();
      count["server restart"] += 1;
      hub = start();
    },
    renew() {
      count["new epoch"] += 1;
      store.renew("p1");
    },
    async close() {
      for (const one of hubs) {
        const closed = one.close();
        await pass(11_000);
        await closed;
      }
    },
  };
}
