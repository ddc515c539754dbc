import type { HubOptions } from "../../server/core/hub-options.ts";
import type { Emulator } from "../../server/core/terminals/emulator.ts";
import type { Collections } from "../protocol/collection.ts";
import type { ProjectSeed } from "./entity-values.ts";
import type { MockAuth } from "./mock-auth.ts";

export interface MockOptions<C extends Collections = Collections> {
  /** Where applications think the server is: what `createClient` is given. Default `wss://mock.holdfast.test`. */
  readonly url?: string;
  /** What is there at the start, by project id. */
  readonly projects?: Readonly<Record<string, ProjectSeed<C>>>;
  /** Collections of the application's own, as given to `createClient`. */
  readonly collections?: C;
  /** For exact snapshots of terminals. Default: none, a terminal keeps its whole stream up to 1 MiB. */
  readonly emulator?: Emulator;
  readonly auth?: MockAuth;
  readonly bootstrapSlots?: HubOptions["bootstrapSlots"];
  /** Bounds and intervals of the server, for tests of what happens at them. */
  readonly limits?: HubOptions["limits"];
  /** Of everything random the server does. Default 1. */
  readonly seed?: number;
  /** Told what the client sent that no server would understand, and faults of the mock. Default: `console.error`. */
  readonly onError?: (error: Error) => void;
}
