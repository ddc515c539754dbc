import { setupServer } from "msw/node";
import { afterEach, describe, expect } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { ClientStatus } from "../../sdk/connection/status.ts";
import type { Client } from "../../sdk/interface.ts";
import type { ClientOptions } from "../../sdk/options.ts";
import { createMockServer, type MockOptions, type MockServer } from "../../sdk/testing/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** A mock and clients of it, ended after each test. */
export interface MockWorld {
  readonly mock: MockServer;
  readonly errors: unknown[];
  client(options?: Partial<ClientOptions>): Client;
  live(options?: Partial<ClientOptions>): Promise<Client>;
}

export type OpenWorld = (options?: MockOptions) => MockWorld;

const TRANSPORTS = ["memory", "msw"] as const;

/** The same tests over the in-memory network and over msw. */
export function describeOnBoth(name: string, describeFacts: (open: OpenWorld) => void): void {
  describe.each(TRANSPORTS)(`${name}, over %s`, (transport) => {
    const closers: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close();
    });
    describeFacts((options = {}) => {
      const errors: unknown[] = [];
      const onError = (error: unknown): void => void errors.push(error);
      const mock = createMockServer({ url: "wss://live.example.com", onError, ...options });
      if (transport === "msw") {
        const server = setupServer(...mock.handlers);
        server.listen({ onUnhandledFrame: "error" });
        closers.push(() => server.close());
      }
      closers.push(() => mock.close());
      const client = (more: Partial<ClientOptions> = {}): Client => {
        const made = createClient({
          url: "wss://live.example.com",
          projectId: "p1",
          onError,
          ...mock.clientOptions,
          ...more,
        });
        closers.push(() => made.close());
        return made;
      };
      return {
        mock,
        errors,
        client,
        async live(more) {
          const made = client(more);
          await made.connect();
          return made;
        },
      };
    });
  });
}

/** `expect.poll` that looks often. */
export const eventually: typeof expect.poll = (look, options) =>
  expect.poll(look, { interval: 5, ...options });

/** Every status a client goes through from now on. */
export function statuses(client: Client): ClientStatus[] {
  const seen: ClientStatus[] = [];
  client.status.subscribe(() => seen.push(client.status.getSnapshot()));
  return seen;
}

/** Resolves once the client has the status. */
export function status<N extends ClientStatus["name"]>(
  client: Client,
  name: N,
): Promise<Extract<ClientStatus, { name: N }>> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      stop();
      reject(new Error(`no ${name} in time, but ${client.status.getSnapshot().name}`));
    }, PATIENCE_MS);
    const look = (): void => {
      const now = client.status.getSnapshot();
      if (now.name !== name) return;
      clearTimeout(late);
      stop();
      resolve(now as Extract<ClientStatus, { name: N }>);
    };
    const stop = client.status.subscribe(look);
    look();
  });
}
