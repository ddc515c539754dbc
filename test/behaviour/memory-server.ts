import type { CloseCause, Transport } from "../../sdk/connection/transport.ts";
import { createMemoryNetwork } from "../../sdk/testing/memory-transport.ts";
import { openHub } from "./open-hub.ts";
import { createHearing, inTime, type RawClient, Refused } from "./raw-client.ts";
import type { ConnectOptions, OpenServer } from "./server-under-test.ts";

/** The core behind the in-memory transport. */
export const openMemoryServer: OpenServer = async (options) => {
  const { hub, log, clock, token } = openHub(options);
  let ids = 0;
  const createId = (): string => `m-${++ids}`;
  const networkOf = (local: boolean) => createMemoryNetwork({ hub: () => hub, clock, createId, local });
  const networks = { local: networkOf(true), remote: networkOf(false) };

  async function connect({
    namespace = "/ui",
    auth = {},
    local = true,
  }: ConnectOptions = {}): Promise<RawClient> {
    const network = local ? networks.local : networks.remote;
    const before = new Set(network.connections);
    const transport = network.connect({ url: "memory:", timeoutMs: 1_000 });
    const connection = [...network.connections].find((other) => !before.has(other));
    return join(transport, namespace, auth, () => connection?.cut());
  }

  return {
    connect,
    token,
    hub,
    async close() {
      await hub.close();
      if (log.errors.length > 0) throw new Error(`the server logged errors: ${describe(log.errors)}`);
    },
  };
};

function describe(errors: readonly unknown[]): string {
  return errors
    .map((error) => String((error as { err?: Error }).err?.stack ?? JSON.stringify(error)))
    .join("\n");
}

async function join(
  transport: Transport,
  namespace: string,
  auth: object,
  cut: () => void,
): Promise<RawClient> {
  const { events, heard, next } = createHearing();
  const answers = new Map<string, (payload: unknown) => unknown>();
  let end: (cause: string) => void;
  const closed = new Promise<string>((resolve) => {
    end = resolve;
  });
  const wire = await inTime(
    new Promise<ReturnType<Transport["join"]>>((resolve, reject) => {
      let isJoined = false;
      const made = transport.join(namespace, auth as Record<string, unknown>, {
        joined() {
          isJoined = true;
          resolve(made);
        },
        event(name, payload, reply) {
          heard(name, payload);
          reply?.(answers.get(name)?.(payload));
        },
        closed(cause) {
          if (!isJoined) reject(refusedFrom(cause));
          end(cause.kind);
        },
      });
    }),
    `connection to ${namespace}`,
  );
  await next("connection_status");
  return {
    events,
    next,
    closed,
    cut,
    emit: (event, payload) => wire.send(event, payload),
    request: (event, payload) =>
      inTime(
        new Promise((resolve) => {
          wire.request(event, payload, (ack) => resolve(ack as Record<string, unknown>));
        }),
        `ack of ${event}`,
      ),
    answer: (event, reply) => void answers.set(event, reply),
    join: (other, otherAuth = auth) => join(transport, other, otherAuth, cut),
    close() {
      transport.close();
      end("left");
    },
  };
}

function refusedFrom(cause: CloseCause): Error {
  if (cause.kind !== "rejected") return new Error(cause.kind);
  const { message, code, retryAfterMs } = cause;
  return new Refused(message, { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}
