import type { Redis } from "ioredis";
import { StoreUnavailable } from "../store.ts";
import { FENCE } from "./read-scripts.ts";
import type { Script } from "./script.ts";

/**
 * The connection for commands. Nothing is sent before the server process at its other end has been fenced, and every
 * script is given the generation of that process as its first argument.
 */
export interface Link {
  isUp(): boolean;
  /**
   * Runs a script; sends it once.
   * @throws Unanswered when it was sent and may have been carried out; StoreUnavailable when it was not
   */
  run(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /** Runs one that may be run twice: sends it again over a new connection. */
  ask(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown>;
  /** As `ask`, for a single command. */
  command<T>(send: (client: Redis) => Promise<T>): Promise<T>;
  /** Resolves when commands can be sent; rejects as `run` does when they cannot for too long. */
  up(): Promise<void>;
  /** Calls whenever commands can be sent again. */
  onUp(listener: () => void): void;
  readonly stats: LinkStats;
  close(): void;
}

export interface LinkStats {
  /** Scripts and commands sent. */
  readonly sent: number;
  /** Values had in answer. */
  readonly records: number;
}

/** The command was sent and nobody answered: it may have been carried out, or may yet be. */
export class Unanswered extends StoreUnavailable {}

/** How long callers wait for a connection that was lost before they are told, in milliseconds; a short cut heals unseen. */
const PATIENCE_MS = 1_000;
const RETRY_AFTER_MS = 1_000;
const MOST_TRIES = 3;
/** What a server says that takes no writes, or nothing, for a while. Scripts are refused before they wrote anything. */
const PASSING = /^(OOM|MISCONF|BUSY|LOADING|READONLY|MASTERDOWN|NOREPLICAS|TRYAGAIN|CLUSTERDOWN)\b/;

/** @param client one that is ready */
export function createLink(client: Redis, fenceKey: string): Link {
  const listeners = new Set<() => void>();
  const stats = { sent: 0, records: 0 };
  const waiting = new Set<() => void>();
  let gen = 0;
  let connection = 0;
  let isUp = false;
  let isClosed = false;
  let downSince = performance.now();

  client.on("ready", () => void fence());
  client.on("close", lose);
  if (client.status === "ready") void fence();

  /** Nothing is sent over this connection any more: it is gone, or a server that is frozen may sit at its end. */
  function lose(): void {
    connection += 1;
    if (isUp) downSince = performance.now();
    isUp = false;
    if (client.status === "ready") client.disconnect(true);
  }

  async function fence(): Promise<void> {
    const own = connection;
    try {
      const run = /^run_id:(\w+)/m.exec(await client.info("server"))?.[1] ?? "";
      const found = Number(await evaluate(FENCE, [fenceKey], [run]));
      if (own !== connection || isClosed) return;
      gen = found;
      isUp = true;
      wake();
      for (const listener of listeners) listener();
    } catch {
      if (own === connection && !isClosed) lose();
    }
  }

  function wake(): void {
    for (const go of waiting) go();
    waiting.clear();
  }

  async function up(): Promise<void> {
    if (isUp) return;
    const left = downSince + PATIENCE_MS - performance.now();
    if (!isClosed && left > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    if (isClosed) throw new StoreUnavailable("the store is closed");
    if (!isUp) throw new StoreUnavailable("Redis is out of reach", RETRY_AFTER_MS);
  }

  async function evaluate(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ) {
    const rest = [keys.length, ...keys, ...args] as const;
    try {
      return await client.evalsha(script.sha, ...rest);
    } catch (error) {
      if (!isReply(error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return client.eval(script.lua, ...rest);
    }
  }

  async function once<T>(send: () => Promise<T>): Promise<T> {
    await up();
    const own = connection;
    try {
      const answer = await send();
      stats.sent += 1;
      stats.records += valuesIn(answer);
      return answer;
    } catch (error) {
      if (isReply(error)) {
        if (PASSING.test(error.message))
          throw caused(new StoreUnavailable(`Redis refuses: ${error.message}`), error);
        throw error;
      }
      if (own === connection && !isClosed) lose();
      throw caused(new Unanswered("Redis did not answer", RETRY_AFTER_MS), error);
    }
  }

  async function patiently<T>(send: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(send);
      } catch (error) {
        if (!(error instanceof Unanswered) || tries === MOST_TRIES) throw error;
      }
    }
  }

  return {
    isUp: () => isUp && !isClosed,
    run: (script, keys, args) => once(() => evaluate(script, keys, [gen, ...args])),
    ask: (script, keys, args) => patiently(() => evaluate(script, keys, [gen, ...args])),
    command: (send) => patiently(() => send(client)),
    up,
    onUp: (listener) => void listeners.add(listener),
    stats,
    close() {
      isClosed = true;
      isUp = false;
      wake();
      client.disconnect();
    },
  };
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

function caused<E extends Error>(error: E, cause: unknown): E {
  error.cause = cause;
  return error;
}

function valuesIn(answer: unknown): number {
  if (!Array.isArray(answer)) return 1;
  let sum = 0;
  for (const value of answer) sum += valuesIn(value);
  return sum;
}
