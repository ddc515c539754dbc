import type { Collections } from "../sdk/protocol/index.ts";
import type { AuthOptions } from "./auth/authenticator.ts";
import type { DefaultAccess } from "./auth/principals.ts";
import type { Authorize } from "./core/access.ts";
import type { SlotDefinition } from "./core/bootstrap/bootstrap.ts";
import type { Limits } from "./core/limits.ts";
import type { Clock } from "./core/ports/clock.ts";
import type { Log } from "./core/ports/log.ts";
import type { Emulator } from "./core/terminals/emulator.ts";
import type { TerminalLimits } from "./core/terminals/terminal-limits.ts";
import type { Pages } from "./http/pages.ts";
import type { Store } from "./store/store.ts";

export interface ServerOptions {
  /** A folder (LMDB), `memory`, `redis://…`, or a store. Default `.holdfast`. */
  readonly store?: string | Store;
  /** How tokens are judged. Default: not at all, only local trust lets anybody in. */
  readonly auth?: AuthOptions;
  /** Decides what a principal may do in a project, in place of the roles in its token. */
  readonly authorize?: Authorize;
  /** What a token that names no projects may do in all of them. Default `none`. */
  readonly defaultAccess?: DefaultAccess;
  /** Lets this machine's own programs and pages in without a token. Default: on without `auth` on loopback. */
  readonly localTrust?: boolean;
  /** Browser origins that may connect: `https://app.example.com`. */
  readonly origins?: readonly string[];
  /** Where the world reaches this server; its origin may connect too. */
  readonly externalUrl?: string;
  /** Collections of the application's own, as given to `createClient`. */
  readonly collections?: Collections;
  readonly bootstrap?: { readonly slots?: readonly (string | SlotDefinition)[] };
  /** Bounds of the protocol, by name; the rest keep their defaults. */
  readonly limits?: Partial<Limits>;
  readonly terminalLimits?: Partial<TerminalLimits>;
  /** Keeps the screens of terminals. Default: @xterm/headless. */
  readonly emulator?: Emulator;
  /** Default: warnings and errors as JSON lines on stderr. */
  readonly logger?: Log;
  /**
   * For development: a folder whose files local callers may load from `/watched/`, as hot modules do. Refused on an
   * address that is not loopback. Default: none.
   */
  readonly watched?: string;
  /** Files shown to browsers. Default: the script-tag build of the SDK, if it is built. */
  readonly pages?: Pages;
  /** Default: the real clock. */
  readonly clock?: Clock;
  /** A new unguessable id. Default: random UUIDs. */
  readonly createId?: () => string;
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
}
