import { afterEach } from "vitest";
import type { RawClient } from "../raw-client.ts";
import type { ConnectOptions, OpenServer, ServerOptions, ServerUnderTest } from "../server-under-test.ts";

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
    const connect = async (how?: ConnectOptions): Promise<RawClient> => {
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

/** Numbers mutations of one client, as the SDK does. */
export function createWriter(client: RawClient, clientId = "c1") {
  let n = 0;
  const mutate = (fields: object, asN?: number) =>
    client.request("mutate", { mutationId: `${clientId}:${asN ?? ++n}`, ...fields });
  return {
    mutate,
    create: (collection: string, id: string, value: object) =>
      mutate({ op: "create", collection, id, value }),
    set: (collection: string, id: string, fields: object) =>
      mutate({
        op: "update",
        collection,
        id,
        patches: Object.entries(fields).map(([name, value]: [string, unknown]) => ({
          op: "replace",
          path: [name],
          value,
        })),
      }),
    remove: (collection: string, id: string) => mutate({ op: "remove", collection, id }),
  };
}
