import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { openRedisStore } from "../../server/store/redis-store.ts";
import { openMemoryServer } from "../behaviour/memory-server.ts";
import type { OpenServer } from "../behaviour/server-under-test.ts";
import { runBehaviourSuite } from "../behaviour/suite.ts";

/** The core over Redis. */
const openRedisServer: OpenServer = async (options) => {
  const store = await openRedisStore(inject("redisUrl"), { prefix: `test-${randomUUID()}` });
  const server = await openMemoryServer({ ...options, store });
  return {
    ...server,
    async close() {
      try {
        await server.close();
      } finally {
        await store.close();
      }
    },
  };
};

runBehaviourSuite("memory with Redis", openRedisServer);
