import { afterEach } from "vitest";
import type { RawConnectOptions } from "../../../sdk/testing/suite/fact.ts";
import type { RawClient } from "../raw-client.ts";
import type { OpenServer, ServerOptions, ServerUnderTest } from "../server-under-test.ts";

export { createWriter } from "../../../sdk/testing/suite/writer.ts";

/** Opens servers for the tests of one file, closes them after each, and says what clients usually say. */
export function withServer(open: OpenServer) {
  const opened: ServerUnderTest[] = [];
  const clients: RawClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const server of opened.splice(0)) await server.close();
  });
  return async function start(options?: ServerOptions) {
    const server = await open(options);
    opened.push(server);
    const connect = async (how?: RawConnectOptions): Promise<RawClient> => {
      const client = await server.connect(how);
      clients.push(client);
      return client;
    };
    return {
      ...server,
      connect,
      /** A page in project p1, as an editor by local trust. */
      page: (auth: object = {}) => connect({ auth: { projectId: "p1", protocol: 1, ...auth } }),
    };
  };
}
