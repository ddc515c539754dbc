import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { openMemoryServer } from "./memory-server.ts";
import type { OpenServer } from "./server-under-test.ts";
import { runBehaviourSuite } from "./suite.ts";

/** The core over the store that real servers use, so that nothing relies on answers that come at once. */
const openLmdbServer: OpenServer = async (options) => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-behaviour-"));
  const store = await openLmdbStore(folder);
  const server = await openMemoryServer({ ...options, store });
  return {
    ...server,
    async close() {
      try {
        await server.close();
      } finally {
        await store.close();
        await rm(folder, { recursive: true });
      }
    },
  };
};

runBehaviourSuite("memory with LMDB", openLmdbServer);
