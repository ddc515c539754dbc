import { setupServer } from "msw/node";
import { createConditions } from "../../sdk/testing/conditions.ts";
import { createWireConnections } from "../../sdk/testing/wire/connections.ts";
import { createMswHandlers } from "../../sdk/testing/wire/msw-handlers.ts";
import { CurrentWebSocket } from "../support/current-web-socket.ts";
import { openHub } from "./open-hub.ts";
import { connectBy, type OpenServer } from "./server-under-test.ts";
import { dialSocketIo } from "./socketio-server.ts";

const HOSTS = { local: "wss://local.behaviour.test", remote: "wss://remote.behaviour.test" };

/** The core behind our own Socket.IO over msw's WebSocket, spoken to by bare socket.io-client. */
export const openMswServer: OpenServer = async (options) => {
  const { hub, log, clock, token } = openHub(options);
  let ids = 0;
  const conditions = createConditions();
  const open = (local: boolean) =>
    createWireConnections({
      ...{ clock, conditions, local, server: () => hub, limits: options?.limits },
      createId: () => `w-${++ids}`,
    });
  const places = (["local", "remote"] as const).map((name) => {
    const connections = open(name === "local");
    return { url: HOSTS[name], connections };
  });
  const msw = setupServer(...places.flatMap((place) => createMswHandlers({ ...place, conditions })));
  msw.listen({ onUnhandledFrame: "bypass" });

  const dial = dialSocketIo(({ local }) => ({
    url: local ? HOSTS.local : HOSTS.remote,
    transports: [CurrentWebSocket],
  }));

  return {
    connect: connectBy(dial),
    dial,
    token,
    hub,
    async close() {
      await hub.close();
      for (const { connections } of places) for (const connection of [...connections.all]) connection.cut();
      msw.close();
      if (log.errors.length > 0) throw new Error(`the server logged errors: ${JSON.stringify(log.errors)}`);
    },
  };
};
