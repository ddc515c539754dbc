import { type Extensible, INTERNALS } from "../../connection/internals.ts";
import { createDevLink, type Resource } from "../../dev/dev-link.ts";
import type { Client } from "../../interface.ts";
import type { FileChange } from "./files/file-index.ts";
import { fitting } from "./fitting.ts";
import { createOutbox } from "./outbox.ts";
import type { WorkspaceEvent, WorkspaceSave } from "./workspace-event.ts";

/** What a watcher uses of a client: any that `createClient` made, in `/cli` or `/ui`. */
export type WatchingClient = Extensible & Pick<Client, "projectId" | "status" | "channel">;

/** A channel event holds 64 KiB, and more than the list is in it. */
const NEWS_BYTES = 60 * 1024;

export interface TellerOptions {
  readonly client: WatchingClient;
  /** Asked at each registration, since a client may switch to another project. */
  readonly resource: () => Resource;
}

/** Tells the project what a workspace sees: at once, or once somebody is there to be told. */
export interface Teller {
  /** The saves that these changes are, numbered. */
  saves(changes: readonly FileChange[]): readonly WorkspaceSave[];
  tell(event: WorkspaceEvent): void;
  /** Waits at most `withinMs` for what is still to be told. */
  close(withinMs: number): Promise<void>;
}

export function createTeller({ client, resource }: TellerOptions): Teller {
  const internals = client[INTERNALS];
  const { now, schedule, onError } = internals;
  const devLink = createDevLink(internals, resource);
  /** Saves, and what goes to channels: the one waits for a registration, the other does not. */
  const saves = createOutbox({ schedule, onError });
  const news = createOutbox({ schedule, onError });
  const offs = [
    devLink.subscribe(() => {
      const state = devLink.getSnapshot();
      if (state.name === "registered") saves.resume();
      if (state.name === "refused") onError(state.error);
    }),
    client.status.subscribe(() => {
      if (client.status.getSnapshot().name === "live") news.resume();
    }),
  ];
  /** Starts at the time, so that it grows over restarts too. */
  let revision = now();
  let told = 0;

  const saveOf = ({ path, event, state, renamedFrom, renamedTo }: FileChange): WorkspaceSave => {
    const isGone = event === "unlink";
    revision += 1;
    return {
      ...{ path, event, hash: state.hash, revision },
      size: isGone ? 0 : state.size,
      mtime: isGone ? now() : state.mtime,
      ...(renamedFrom === undefined ? {} : { renamedFrom }),
      ...(renamedTo === undefined ? {} : { renamedTo }),
    };
  };

  return {
    saves: (changes) => changes.map(saveOf),
    tell(event) {
      if (event.kind === "save") {
        const { save } = event;
        saves.add(save.path, () => devLink.send("dev-save", save));
      } else if (event.kind === "git") {
        told += 1;
        news.add(`git ${told}`, () => client.channel("git").publish(event.event));
      } else if (event.kind === "diagnostics") {
        const diagnostics = fitting(event.diagnostics, NEWS_BYTES);
        const data = { diagnostics, total: event.total, timestamp: new Date(now()).toISOString() };
        // The state of now replaces one that nobody was told.
        news.add("diagnostics", () => client.channel("diagnostics").publish(data));
      }
    },
    async close(withinMs) {
      await Promise.all([saves.flushed(withinMs), news.flushed(withinMs)]);
      for (const off of offs) off();
      saves.dispose();
      news.dispose();
      devLink.dispose();
    },
  };
}
