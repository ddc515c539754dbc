import { setTimeout } from "node:timers/promises";
import { connectRaw, type RawClient } from "./raw-client.ts";

export interface Storm {
  readonly port: number;
  readonly clients: number;
}

/** What became of a storm. */
export interface Weathered {
  readonly back: number;
  /** Refused or failed in any way but that nobody was listening yet. */
  readonly errors: readonly string[];
  /** From the loss of a connection to its `state:synced`, the slowest. */
  readonly slowestMs: number;
}

const AT_ONCE = 50;
/** First delay of a client that was not told when to come back: anything up to this, and more after each failure. */
const BACKOFF_MS = 500;
const MOST_BACKOFF_MS = 4_000;

interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/* Clients that come back after they were cut off, as the SDK does: by themselves, with their position. */
process.once("message", (storm: Storm) => void weather(storm));

async function weather({ port, clients }: Storm): Promise<void> {
  const errors: string[] = [];
  let back = 0;
  let slowestMs = 0;

  function isFirstRefusal(error: unknown): boolean {
    return (
      error instanceof Error && /ECONNREFUSED|ECONNRESET|hang up/.test(`${error.message} ${String(error)}`)
    );
  }

  async function connect(id: string, since: Position | undefined): Promise<Position> {
    const auth = {
      projectId: "p1",
      protocol: 1,
      batch: true,
      clientId: id,
      sync: { ...(since && { since }) },
    };
    let reconnectAfterMs: number | undefined;
    const { client, position } = await synced(port, auth);
    client.onEvent = (text) => {
      const told = /"reconnectAfterMs":(\d+)/.exec(text)?.[1];
      if (told !== undefined) reconnectAfterMs = Number(told);
    };
    client.socket.on("error", () => undefined);
    client.socket.once("close", () => void comeBack(id, position, reconnectAfterMs));
    return position;
  }

  async function comeBack(id: string, since: Position, toldMs: number | undefined): Promise<void> {
    const lostAt = performance.now();
    let backoffMs = BACKOFF_MS;
    await setTimeout(toldMs ?? Math.random() * backoffMs);
    for (;;) {
      try {
        await connect(id, since);
        back += 1;
        slowestMs = Math.max(slowestMs, performance.now() - lostAt);
        if (back === clients) process.send?.({ back, errors, slowestMs } satisfies Weathered);
        return;
      } catch (error) {
        if (!isFirstRefusal(error)) errors.push(String(error));
        backoffMs = Math.min(MOST_BACKOFF_MS, backoffMs * 2);
        await setTimeout(Math.random() * backoffMs);
      }
    }
  }

  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < clients) await connect(`s${next++}`, undefined);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  process.send?.("connected");
}

/** Connects and waits for the answer to the handshake's `sync`. @throws when it is refused */
async function synced(port: number, auth: object): Promise<{ client: RawClient; position: Position }> {
  const client = await connectRaw(port, auth, "state:synced");
  const text = client.readyWith;
  // The page of the protocol says so.
  const [, answer] = JSON.parse(text.slice(text.indexOf("["))) as [string, Position & { success: boolean }];
  if (!answer.success) throw new Error(text);
  return { client, position: { epoch: answer.epoch, seq: answer.seq } };
}
