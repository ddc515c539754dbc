import type fc from "fast-check";
import type { Server } from "../../server/index.ts";

/** A server that is attacked. */
export interface Target {
  readonly server: Server;
  readonly url: string;
}

/** One way into the server. */
export interface Surface<T> {
  readonly name: string;
  readonly payloads: fc.Arbitrary<T>;
  /** How many go over one connection. */
  readonly perConnection: number;
  /**
   * Sends them and waits for all their answers; returns how many were accepted: what is only ever refused at the door
   * proves little.
   * @throws Broken when an answer is missing, or is what it must not be
   */
  attack(target: Target, payloads: readonly T[]): Promise<number>;
}

/** An answer that says the server is at fault, or none at all; told with what was sent. */
export class Broken extends Error {
  constructor(what: string, sent: unknown) {
    super(`${what}: ${JSON.stringify(sent)?.slice(0, 2_000)}`);
  }
}
