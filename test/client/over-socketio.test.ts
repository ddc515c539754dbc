import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { INTERNALS } from "../../sdk/connection/internals.ts";
import type { ClientStatus } from "../../sdk/connection/status.ts";
import type { Client } from "../../sdk/interface.ts";
import type { ClientOptions } from "../../sdk/options.ts";
import type { Source } from "../../sdk/util/source.ts";
import { createSocketGateway } from "../../server/gateway/socketio/socket-gateway.ts";
import { openHub } from "../behaviour/open-hub.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { type Relay as Cable, startProxy } from "../support/proxy.ts";

let server: Awaited<ReturnType<typeof serve>>;
let cable: Cable;
const clients: Client[] = [];

async function serve() {
  const { hub, log } = openHub();
  let ids = 0;
  const gateway = createSocketGateway({
    hub,
    log,
    createId: () => `g-${++ids}`,
    isLocal: () => true,
    limits: { pingIntervalMs: 400, pingTimeoutMs: 600 },
  });
  const http = createServer((request, response) => gateway.handleRequest(request, response));
  http.on("upgrade", gateway.handleUpgrade);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    hub,
    port: (http.address() as AddressInfo).port,
    async close() {
      await hub.close();
      await gateway.close();
      http.closeAllConnections();
      http.close();
    },
  };
}

beforeEach(async () => {
  server = await serve();
  cable = await startProxy(server.port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await cable.close();
  await server.close();
});

function open(options: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    url: `http://127.0.0.1:${cable.port}`,
    projectId: "p1",
    timings: { backoffBaseMs: 20, backoffCapMs: 50, probeMs: 300 },
    ...options,
  });
  clients.push(client);
  return client;
}

/** Resolves with the first snapshot, from now on, that is as it should be. */
function until<T>(source: Source<T>, isRight: (snapshot: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`still ${JSON.stringify(source.getSnapshot())}`)),
      PATIENCE_MS,
    );
    const check = (): void => {
      const snapshot = source.getSnapshot();
      if (!isRight(snapshot)) return;
      clearTimeout(late);
      off();
      resolve(snapshot);
    };
    const off = source.subscribe(check);
    check();
  });
}

const reach = (client: Client, name: ClientStatus["name"]): Promise<ClientStatus> =>
  until(client.status, (status) => status.name === name);

describe("over real Socket.IO", () => {
  it("goes live in one connection and writes", async () => {
    const client = open();
    await client.connect();
    const task = await client.tasks.create({ title: "Hold" }).synced;
    expect(task).toMatchObject({ title: "Hold", version: 1 });
    expect(cable.accepted).toBe(1);
  });

  it("comes back by itself from a cut, with what was written meanwhile sent once", async () => {
    const [ann, bob] = [open(), open()];
    await Promise.all([ann.connect(), bob.connect()]);
    const { id } = await ann.tasks.create({ title: "Hold" }).acknowledged;
    cable.cut();
    await Promise.all([reach(ann, "waiting"), reach(bob, "waiting")]);
    const edit = ann.tasks.update(id, (draft) => {
      draft.title = "Hold fast";
    });
    cable.restore();
    await expect(edit.synced).resolves.toMatchObject({ title: "Hold fast", version: 2 });
    const seen = await until(bob.tasks.entity(id), (task) => task?.version === 2);
    expect(seen).toMatchObject({ title: "Hold fast" });
  });

  it("finds a half-open link by the heartbeat, and comes back", async () => {
    const client = open();
    await client.connect();
    cable.swallow();
    const status = await reach(client, "waiting");
    expect(status).toMatchObject({ error: { code: "UNAVAILABLE", message: "No connection: ping timeout" } });
    cable.restore();
    await reach(client, "live");
  });

  it("carries a namespace on demand over the same connection", async () => {
    const client = open();
    await client.connect();
    const terminal = client[INTERNALS].link("/terminal");
    await new Promise<void>((resolve) => {
      terminal.onUp(() => resolve());
    });
    await expect(terminal.request("terminal:watch", { sessionId: "none" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "Terminal session not found",
    });
    expect(cable.accepted).toBe(1);
  });
});
