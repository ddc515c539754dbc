import { createRandomId } from "../../util/create-random-id.ts";
import { allFacts } from "./all-facts.ts";
import type { Fact } from "./fact.ts";
import { createFactWorld, lackOf } from "./fact-world.ts";
import { createIdScope } from "./id-scope.ts";
import type { ProtocolServer, ProtocolServerSetup } from "./protocol-server.ts";

/** Makes a server for one fact. */
export interface ProtocolServers {
  open(setup: ProtocolServerSetup): ProtocolServer | Promise<ProtocolServer>;
}

/** One server that all facts share, each with ids of its own; or one for each of them, which checks all there is. */
export type ProtocolSuiteOptions = (ProtocolServer | ProtocolServers) & {
  /** How long anything may take. Default 5 s. */
  readonly timeoutMs?: number;
};

/** One thing that holds of every server of the protocol. */
export interface ProtocolFact {
  /** The conversation it belongs to. */
  readonly section: string;
  readonly name: string;
  /** Rejects with what is wrong; resolves with what the server lacked, if that kept it from being checked. */
  run(): Promise<{ readonly lacked?: string }>;
}

export interface ProtocolReport {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
  readonly skipped: readonly { readonly name: string; readonly lacked: string }[];
}

/**
 * The behaviour of a server as a list of facts, for any test runner. Facts of one server run one after another.
 * @example
 * for (const { section, name, run } of protocolFacts({ connect })) test(`${section}: ${name}`, () => run());
 */
export function protocolFacts(options: ProtocolSuiteOptions): readonly ProtocolFact[] {
  const { timeoutMs = 5_000 } = options;
  // Short, since it is part of every id; another at each run, since a server may remember the last one.
  const runId = createRandomId()
    .replace(/[^a-z0-9]/gi, "")
    .slice(0, 8);

  async function check(fact: Fact, at: number): Promise<{ lacked?: string }> {
    const isOwn = "open" in options;
    const server = isOwn ? await options.open(fact.setup ?? {}) : options;
    const lacked = lackOf(server, fact, isOwn);
    const scope = isOwn ? undefined : createIdScope(`${runId}${at}`);
    const world = createFactWorld({ server, fact, scope, timeoutMs });
    try {
      if (lacked !== undefined) return { lacked };
      await fact.check(world);
      return {};
    } finally {
      world.leave();
      if (isOwn) await server.close?.();
    }
  }

  return allFacts().map((fact, at) => ({
    section: fact.section,
    name: fact.name,
    run: () => check(fact, at),
  }));
}

/**
 * Checks a server against the protocol without any test runner: all facts, one after another.
 * @example
 * const { failed } = await runProtocolSuite({ connect: () => socketIoTransport(new Manager(url)) });
 */
export async function runProtocolSuite(options: ProtocolSuiteOptions): Promise<ProtocolReport> {
  const passed: string[] = [];
  const failed: { name: string; error: unknown }[] = [];
  const skipped: { name: string; lacked: string }[] = [];
  for (const { section, name: fact, run } of protocolFacts(options)) {
    const name = `${section}: ${fact}`;
    try {
      const { lacked } = await run();
      if (lacked === undefined) passed.push(name);
      else skipped.push({ name, lacked });
    } catch (error) {
      failed.push({ name, error });
    }
  }
  return { passed, failed, skipped };
}
