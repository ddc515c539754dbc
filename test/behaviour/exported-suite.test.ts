import { describe, expect, test } from "vitest";
import type { ConnectTransport, WireListener } from "../../sdk/connection/transport.ts";
import {
  createMockServer,
  type ProtocolReport,
  type ProtocolServer,
  runProtocolSuite,
} from "../../sdk/testing/index.ts";
import { openMemoryServer } from "./memory-server.ts";
import type { OpenServer } from "./server-under-test.ts";
import { openSocketIoServer } from "./socketio-server.ts";

const lacked = ({ skipped }: ProtocolReport): string[] => [
  ...new Set(skipped.map(({ lacked }) => lacked.split(":")[0] ?? "")),
];

describe.each([
  ["memory", openMemoryServer],
  ["socket.io", openSocketIoServer],
] as const satisfies readonly (readonly [string, OpenServer])[])(
  "one server over %s that all facts share",
  (_, open) => {
    test("is checked by `connect` alone, as far as that goes, and says what it lacked", async () => {
      const server = await open({ verifier: false });
      const report = await runProtocolSuite({ connect: server.dial.connect });
      await server.close();
      expect(report.failed).toEqual([]);
      expect(report.passed.length).toBeGreaterThan(40);
      expect(lacked(report).sort()).toEqual([
        "a server of its own",
        "a server with settings of its own",
        "remote connections",
        "setSlot",
        "token",
      ]);
    });

    test("is checked with tokens where nobody is trusted for being near", async () => {
      const server = await open({ bootstrapSlots: ["theme"] });
      const { dial, token, hub } = server;
      const report = await runProtocolSuite({
        connect: () => dial.connect({ local: false }),
        comes: ["remote"],
        token,
        setSlot: hub.bootstrap.set,
      });
      await server.close();
      expect(report.failed).toEqual([]);
      expect(lacked(report).sort()).toEqual([
        "a server of its own",
        "a server with settings of its own",
        "local connections",
      ]);
      expect(report.passed.length).toBeGreaterThan(60);
    });
  },
);

test("facts of a shared server may be checked twice", async () => {
  const { clientOptions } = createMockServer({ onError: () => undefined });
  const connect = () => (clientOptions.transport as ConnectTransport)({ url: "memory:", timeoutMs: 1_000 });
  const first = await runProtocolSuite({ connect });
  const again = await runProtocolSuite({ connect });
  expect(first.failed).toEqual([]);
  expect(again).toEqual(first);
});

/** A server that is right but for one thing. */
function lying(lie: (event: string, payload: unknown) => unknown): ProtocolServer {
  const { clientOptions } = createMockServer({ onError: () => undefined });
  return {
    connect() {
      const transport = (clientOptions.transport as ConnectTransport)({ url: "memory:", timeoutMs: 1_000 });
      const deceived = (listener: WireListener): WireListener => ({
        ...listener,
        event: (name, payload, reply) => listener.event(name, lie(name, payload), reply),
      });
      return { ...transport, join: (name, auth, listener) => transport.join(name, auth, deceived(listener)) };
    },
  };
}

test("a server that numbers its events from 2 is found out, in words", async () => {
  const server = lying((event, payload) =>
    event === "task:created"
      ? { ...(payload as object), seq: (payload as { seq: number }).seq + 1 }
      : payload,
  );
  const { failed } = await runProtocolSuite({ ...server, timeoutMs: 500 });
  expect(failed.map(({ name }) => name)).toContain(
    "mutations: a created task is acked with its entity and told to everyone who joined the project",
  );
  expect(failed.map(({ error }) => String(error))).toContain("ExpectationFailed: seq is 2, not 1");
});

test("a server that greets nobody fails every fact within its time", async () => {
  const server = lying(() => undefined);
  const silent: ProtocolServer = {
    connect: () => ({
      ...server.connect({ local: true }),
      join: () => ({ send() {}, request() {}, leave() {} }),
    }),
  };
  const { passed, failed } = await runProtocolSuite({ ...silent, timeoutMs: 10 });
  expect(passed).toEqual([]);
  expect(failed.map(({ error }) => String(error))).toContain("Error: no connection to /ui within 10 ms");
});
