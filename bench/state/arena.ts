import { existsSync } from "node:fs";
import { type Actor, startActor } from "../actor.ts";
import { CONTESTANTS, type ContestantName } from "./contestant.ts";
import { type CountingRelay, startCountingRelay } from "./counting-relay.ts";
import type { Caught } from "./stage.ts";
import { editsOf, lastRevs } from "./tasks.ts";

/** What one reconnect took. */
export interface Measured extends Caught {
  readonly bytes: number;
  /** From the client's first packet until it was consistent. */
  readonly fromFirstPacketMs: number;
}

/** A contestant's server and client in processes of their own, with a relay between them. */
export interface Arena {
  readonly name: ContestantName;
  /** Cuts the client off, makes `missed` edits, lets it come back. */
  reconnect(missed: number): Promise<Measured>;
  /** Edits while the client listens, to give the project a history. */
  age(edits: number): Promise<void>;
  end(): void;
}

const STAGE = new URL("./stage.ts", import.meta.url);

/** Those that can run here. `bench/peers` is a package of its own and may not be installed. */
export function contestants(): ContestantName[] {
  const hasPeers = existsSync(new URL("../peers/node_modules", import.meta.url));
  // The keys are the names.
  const names = Object.keys(CONTESTANTS) as ContestantName[];
  return names.filter((name) => hasPeers || !CONTESTANTS[name].module.includes("/peers/"));
}

export async function openArena(name: ContestantName, size: number, roundTripMs = 0): Promise<Arena> {
  const server: Actor = startActor(STAGE, [name, "server"]);
  const client: Actor = startActor(STAGE, [name, "client"]);
  let relay: CountingRelay | undefined;
  const end = (): void => {
    relay?.close();
    client.end();
    server.end();
  };
  try {
    const link = await startCountingRelay(await server.ask<number>("serve", size), roundTripMs / 2);
    relay = link;
    await client.ask("connect", link.port, size);
    // As many digits young as old, so that bytes can be compared.
    let rev = 10_000;
    return {
      name,
      async reconnect(missed) {
        await client.ask("beforeCut");
        link.cut();
        await client.ask("offline");
        const edits = editsOf(size, missed, rev);
        rev += missed;
        await server.ask("edit", edits);
        link.restore();
        link.reset();
        const wanted = Object.entries(lastRevs(edits)).sort(([, a], [, b]) => b - a);
        const caught = await client.ask<Caught>("online", wanted);
        const first = link.firstPacketAt ?? 0n;
        return {
          ...caught,
          bytes: link.received,
          fromFirstPacketMs: Number(BigInt(caught.consistentAt) - first) / 1e6,
        };
      },
      async age(count) {
        for (let done = 0; done < count; done += 1_000) {
          await server.ask("edit", editsOf(size, 1_000, rev));
          rev += 1_000;
        }
      },
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}
