import { ZodDiscriminatedUnion, ZodObject, type z } from "zod";
import {
  type BucketName,
  CLIENT_EVENTS,
  type ClientEventName,
  type Failure,
} from "../../sdk/protocol/index.ts";
import type { Caller, Handlers, Refused } from "./handler.ts";
import { parseWith } from "./parse-with.ts";
import type { PeerNamespace } from "./ports/peer.ts";

/** How one client event is judged and answered. */
export interface Route {
  readonly namespaces: readonly PeerNamespace[];
  readonly bucket: BucketName;
  /** Names of the fields its payload may have; absent when it may have any. */
  readonly fields?: ReadonlySet<string> | undefined;
  /** @throws Fault `BAD_REQUEST` with the path of each fault */
  readonly parse: (payload: unknown) => unknown;
  readonly handle: (caller: Caller, payload: unknown) => object | Promise<object>;
  readonly refused?: Refused;
}

/** What a plain WebSocket client says that means just this; the rest of its frames has routes of its own. */
const PLAIN: readonly ClientEventName[] = [
  "auth:refresh",
  "ping",
  "subscribe",
  "unsubscribe",
  "terminal:input",
  "terminal:resize",
];

export type Refusals = { readonly [K in ClientEventName]?: Refused };

/** The routes of the contract's events: every one of `CLIENT_EVENTS` must have its handler. */
export function contractRoutes(
  handlers: Handlers<ClientEventName>,
  refusals: Refusals = {},
): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const [name, { namespaces, payload, bucket }] of Object.entries(CLIENT_EVENTS)) {
    // The keys of a literal are its names.
    const event = name as ClientEventName;
    // The loop loses which event goes with which payload; `parse` and `handle` of one route always match.
    const handle = handlers[event] as (caller: Caller, payload: unknown) => object | Failure;
    const refused = refusals[event];
    routes.set(event, {
      namespaces: PLAIN.includes(event) ? [...namespaces, "/ws"] : namespaces,
      bucket,
      fields: fieldsOf(payload),
      // The events are of many types here; each route keeps its own.
      parse: (value) => parseWith(payload as z.ZodType, value),
      handle,
      ...(refused === undefined ? {} : { refused }),
    });
  }
  return routes;
}

/** The fields an object schema knows, or all of a union's; `undefined` when unknown ones are kept. */
function fieldsOf(schema: z.ZodType): ReadonlySet<string> | undefined {
  if (schema instanceof ZodObject) {
    return schema.def.catchall === undefined ? new Set(Object.keys(schema.shape)) : undefined;
  }
  if (!(schema instanceof ZodDiscriminatedUnion)) return undefined;
  // The options of a union of objects are objects.
  const options = schema.options.map((option) => fieldsOf(option as z.ZodType));
  return options.includes(undefined) ? undefined : new Set(options.flatMap((names) => [...(names ?? [])]));
}
