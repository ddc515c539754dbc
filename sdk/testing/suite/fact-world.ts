import type { Fact, FactServer, Need } from "./fact.ts";
import type { IdScope } from "./id-scope.ts";
import { shown } from "./mismatch.ts";
import type { ProtocolServer } from "./protocol-server.ts";
import { joinRaw, type RawClient } from "./raw-client.ts";

/** Why a server cannot show this fact; `undefined` when it can. */
export function lackOf(
  server: ProtocolServer,
  { setup, needs = [] }: Fact,
  isOwn: boolean,
): string | undefined {
  if (setup !== undefined && !isOwn) return `a server with settings of its own: ${shown(setup)}`;
  const ways = waysTo(server);
  const lacks: Readonly<Record<Need, string | false>> = {
    fresh: !isOwn && "a server of its own",
    local: !ways.includes("local") && "local connections",
    remote: !ways.includes("remote") && "remote connections",
    tokens: server.token === undefined && "token",
    cut: server.cut === undefined && "cut",
    slots: server.setSlot === undefined && "setSlot",
    shutdown: !isOwn ? "a server of its own" : server.shutDown === undefined && "shutDown",
  };
  return needs.map((need) => lacks[need]).find((lack) => lack !== false) || undefined;
}

const waysTo = ({ comes, token }: ProtocolServer): readonly ("local" | "remote")[] =>
  comes ?? (token === undefined ? ["local"] : ["local", "remote"]);

export interface FactWorldOptions {
  readonly server: ProtocolServer;
  readonly fact: Fact;
  readonly scope: IdScope | undefined;
  readonly timeoutMs: number;
}

/** One server as one fact sees it, and the clients it made there. */
export interface FactWorld extends FactServer {
  /** Closes the clients. */
  leave(): void;
}

export function createFactWorld({ server, fact, scope, timeoutMs }: FactWorldOptions): FactWorld {
  const clients: RawClient[] = [];
  const out = <T>(value: T): T => (scope === undefined ? value : scope.out(value));
  const isTrusted = waysTo(server).includes("local");

  /** So that the needs of a fact say all of them. */
  function needed<T>(need: Need, capability: T | undefined): T {
    if (capability !== undefined && fact.needs?.includes(need) === true) return capability;
    throw new Error(`"${fact.name}" does not say that it needs ${need}`);
  }
  const token = async (claims: Parameters<FactServer["token"]>[0] = {}): Promise<string> => {
    if (server.token === undefined) throw new Error("There is neither local trust nor a token");
    return server.token(out(claims));
  };

  const world: FactWorld = {
    async connect({ namespace = "/ui", auth = {}, local = true } = {}) {
      if (!local) needed("remote", true);
      // Where nobody is trusted for being near, whom a fact takes for local is an editor with a token.
      const said =
        local && !isTrusted && !("token" in auth) ? { ...auth, token: await token({ sub: "near" }) } : auth;
      const transport = server.connect({ local });
      const cut = (): void => needed("cut", server.cut)(transport);
      const client = await joinRaw({ transport, namespace, auth: said, timeoutMs, scope, cut });
      clients.push(client);
      return client;
    },
    page: (auth = {}) => world.connect({ auth: { projectId: "p1", protocol: 1, ...auth } }),
    token: (claims) => needed("tokens", token)(claims),
    setSlot: async (projectId, slot, payload) =>
      void (await needed("slots", server.setSlot)(out(projectId), slot, out(payload))),
    shutDown: async () => void (await needed("shutdown", server.shutDown)()),
    async until(ask, expected) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const answer = await ask();
        if (Object.is(answer, expected)) return;
        if (Date.now() > deadline)
          throw new Error(`still ${shown(answer)} after ${timeoutMs} ms, not ${shown(expected)}`);
      }
    },
    leave() {
      for (const client of clients.splice(0)) client.close();
    },
  };
  return world;
}
