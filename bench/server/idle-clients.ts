import { connectRaw, type RawClient } from "./raw-client.ts";

/** How many to connect, and where. */
export interface Crowd {
  readonly port: number;
  readonly clients: number;
  readonly auth: object;
  readonly ready: string;
}

/** So many handshakes are under way at once. */
const AT_ONCE = 50;

/* Connects a crowd that then only answers heartbeats. Says how many have been lost when asked. */
process.on("message", (crowd: Crowd | "lost") => {
  if (crowd === "lost") process.send?.(lost);
  else void gather(crowd);
});

const crowdOf: RawClient[] = [];
let lost = 0;
let named = 0;

async function gather(crowd: Crowd): Promise<void> {
  const until = named + crowd.clients;
  const connect = async (): Promise<void> => {
    while (named < until) {
      named += 1;
      const client = await connectRaw(
        crowd.port,
        { ...crowd.auth, clientId: `i${process.pid}-${named}` },
        crowd.ready,
      );
      crowdOf.push(client);
      client.socket.on("close", () => {
        lost += 1;
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, connect));
  process.send?.(crowd.clients);
}
