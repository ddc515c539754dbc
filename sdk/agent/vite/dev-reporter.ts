import { join } from "node:path";
import { INTERNALS } from "../../connection/internals.ts";
import { createDevLink } from "../../dev/dev-link.ts";
import type { DevBuild, DevError, DevSave } from "../../protocol/index.ts";
import { createNodeClient } from "../node-client.ts";
import { readFileState } from "../workspace/files/file-state.ts";
import { createOutbox } from "../workspace/outbox.ts";

export interface DevReporterOptions {
  readonly url: string;
  readonly token?: string;
  readonly projectId: string;
  readonly resource?: string;
  /** Where paths begin, absolute. */
  readonly root: string;
  onError(error: unknown): void;
}

/** Tells dev-sync what a bundler does, without ever keeping it waiting while it works. */
export interface DevReporter {
  /** `path` below the root, POSIX. */
  save(path: string, event: DevSave["event"]): Promise<void>;
  build(event: "dev-build-start" | "dev-build-complete", build: DevBuild): void;
  error(error: DevError): void;
  /** Waits at most `withinMs` for what is still to be told, and disconnects; resolves with whether all was told. */
  close(withinMs: number): Promise<boolean>;
}

export function createDevReporter(options: DevReporterOptions): DevReporter {
  const { url, token, projectId, resource, root, onError } = options;
  const client = createNodeClient({
    ...{ url, projectId, agentId: `vite-${process.pid}-${Date.now().toString(36)}` },
    ...(token === undefined ? {} : { token }),
  });
  client.onError(onError);
  const internals = client[INTERNALS];
  const { now, schedule } = internals;
  const link = createDevLink(internals, () => ({ guid: resource ?? projectId, name: "vite" }));
  const outbox = createOutbox({ schedule, onError });
  link.subscribe(() => {
    const state = link.getSnapshot();
    if (state.name === "registered") outbox.resume();
    if (state.name === "refused") onError(state.error);
  });
  client.connect().catch(onError);

  const known = new Map<string, string>();
  let revision = now();
  let told = 0;

  return {
    async save(path, event) {
      const state = event === "unlink" ? undefined : await readFileState(join(root, path));
      const hash = state?.hash ?? known.get(path) ?? "";
      if (state === undefined) known.delete(path);
      else known.set(path, hash);
      revision += 1;
      const { size, mtime } = state ?? { size: 0, mtime: now() };
      // A file that went while it was read is gone, whatever was said of it.
      const save = {
        path,
        event: state === undefined ? "unlink" : event,
        hash,
        size,
        mtime,
        revision,
      } as const;
      outbox.add(`save ${path}`, () => link.send("dev-save", save));
    },
    build(event, build) {
      told += 1;
      outbox.add(`build ${told}`, () => link.send(event, build));
    },
    error(error) {
      told += 1;
      outbox.add(`error ${told}`, () => link.send("dev-error", error));
    },
    async close(withinMs) {
      const isTold = await outbox.flushed(withinMs);
      outbox.dispose();
      link.dispose();
      await client.close();
      return isTold;
    },
  };
}
