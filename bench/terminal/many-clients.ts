import { INTERNALS } from "../../sdk/connection/internals.ts";
import { attachTerminal } from "../../sdk/terminal/attach-terminal.ts";
import { act } from "../actor.ts";
import { type OwnerEnd, openClient, ownWithHoldfast } from "./clients.ts";
import { coloured, createSink } from "./screens.ts";

/* The owners, or the viewers, of many sessions: in a process of its own. */
const SIZE = { cols: 120, rows: 40 };
const SESSIONS_A_CLIENT = 20;
let seen = 0;
let printed = 0;
let stop = (): void => {};

act({
  async own(port: number, sessions: number, bytesPerSecond: number, tickMs: number) {
    const owners: OwnerEnd[] = [];
    for (let from = 0; from < sessions; from += SESSIONS_A_CLIENT) {
      const client = openClient(port, "/cli", `owner-${from}`);
      for (let n = from; n < Math.min(sessions, from + SESSIONS_A_CLIENT); n += 1) {
        owners.push(await ownWithHoldfast({ port, sessionId: `s${n}`, ...SIZE }, client));
      }
    }
    const chunkBytes = Math.round((bytesPerSecond * tickMs) / 1_000);
    const chunks = [...coloured(chunkBytes * 64, chunkBytes)];
    let tick = 0;
    const timers = new Set<NodeJS.Timeout>();
    const print = (owner: OwnerEnd, n: number): void => {
      const chunk = chunks[(tick++ + n) % chunks.length];
      if (chunk === undefined) return;
      void owner.print(chunk);
      printed += chunk.length;
    };
    // Spread over the tick, as programs are that know nothing of each other.
    for (const [n, owner] of owners.entries()) {
      const begin = (): void => void timers.add(setInterval(() => print(owner, n), tickMs));
      timers.add(setTimeout(begin, (n * tickMs) / owners.length));
    }
    stop = () => {
      for (const timer of timers) clearTimeout(timer);
    };
  },
  async watch(port: number, sessions: number, viewers: number) {
    for (let viewer = 0; viewer < viewers; viewer += 1) {
      for (let from = 0; from < sessions; from += SESSIONS_A_CLIENT) {
        const client = openClient(port);
        client[INTERNALS].link("/terminal");
        for (let n = from; n < Math.min(sessions, from + SESSIONS_A_CLIENT); n += 1) {
          const terminal = createSink((bytes) => {
            seen += bytes.length;
          });
          attachTerminal(client, { sessionId: `s${n}`, terminal, readOnly: true, history: 0 });
        }
      }
    }
  },
  bytes: () => ({ seen, printed }),
  stop: () => stop(),
});
