import {
  type AppSocket,
  RELAYS,
  type RegisterClient,
  type RelayName,
  registerClientSchema,
} from "../../../sdk/protocol/index.ts";
import { badRequest, Fault } from "../fault.ts";
import type { Access, Caller } from "../handler.ts";
import { depthOf } from "../json-depth.ts";
import { MAX_DEPTH, parseWith } from "../parse-with.ts";
import type { Clock } from "../ports/clock.ts";
import type { DevRegistry } from "../ports/dev-registry.ts";
import { projectOf } from "../project-of.ts";
import type { Route } from "../routes.ts";

export interface DevSyncDeps {
  readonly registry: DevRegistry;
  readonly access: Access;
  readonly clock: Clock;
  readonly publish: (projectId: string, channel: string, data: unknown) => Promise<unknown>;
}

/** A payload in the form it came: an object, or the text of one. */
interface Received<T> {
  readonly value: T;
  readonly isText: boolean;
  readonly asItCame: unknown;
}

/** Who works on which resource, and what they tell one another (protocol section 12). */
export function createDevSync({ registry, access, clock, publish }: DevSyncDeps) {
  async function register(caller: Caller, received: unknown): Promise<object> {
    // `parse` of this route made it.
    const { value, isText } = received as Received<RegisterClient>;
    const projectId = projectOf(caller, undefined);
    access.require(caller.principal, "read", projectId);
    const { pushData } = value;
    const connectedAt = clock.now();
    const mine: AppSocket[] = pushData.pushRecepients.map(({ cdObjId, subTypeId }) => ({
      socketId: caller.peer.id,
      resourceGuid: cdObjId.resourceGuid,
      ...(cdObjId.resourceName === undefined ? {} : { resourceName: cdObjId.resourceName }),
      ...(subTypeId === undefined ? {} : { subTypeId }),
      connectedAt,
    }));
    const guids = [...new Set(mine.map(({ resourceGuid }) => resourceGuid))];
    await registry.add(projectId, caller.peer, mine);
    const appSockets = (await Promise.all(guids.map((guid) => registry.list(projectId, guid)))).flat();
    const answer = {
      ...value,
      pushData: { ...pushData, appSockets, commTrack: { ...pushData.commTrack, completed: true } },
    };
    caller.peer.send("push-registered-client", isText ? JSON.stringify(answer) : answer);
    return {};
  }

  async function relay(caller: Caller, received: unknown, name: RelayName): Promise<object> {
    // As above.
    const { value, asItCame } = received as Received<Readonly<Record<string, unknown>>>;
    const projectId = projectOf(caller, undefined);
    const guids = registry.guidsOf(caller.peer);
    if (guids.length === 0) throw new Fault("FORBIDDEN", "Register with register-client first");
    access.require(caller.principal, "relay", projectId);
    await registry.relay(projectId, guids, caller.peer, RELAYS[name], asItCame);
    if (name === "dev-save" && typeof value["path"] === "string") {
      const event = typeof value["event"] === "string" ? value["event"] : "change";
      await publish(projectId, "files", {
        file: value["path"],
        event,
        timestamp: new Date(clock.now()).toISOString(),
      });
    }
    return {};
  }

  function routes(): [string, Route][] {
    const common = { namespaces: ["/"], bucket: "other" } as const;
    const registering: Route = {
      ...common,
      parse: (payload) => receive(payload, (value) => parseWith(registerClientSchema, value)),
      handle: register,
    };
    // The keys of a literal are its names.
    const relaying = (Object.keys(RELAYS) as RelayName[]).map((name): [string, Route] => [
      name,
      {
        ...common,
        parse: (payload) => receive(payload, objectOf),
        handle: (caller, received) => relay(caller, received, name),
      },
    ]);
    return [["register-client", registering], ...relaying];
  }

  return { routes, detached: (caller: Caller): void => registry.remove(caller.peer) };
}

function receive<T>(payload: unknown, judge: (value: unknown) => T): Received<T> {
  const isText = typeof payload === "string";
  return { value: judge(isText ? parseText(payload) : payload), isText, asItCame: payload ?? {} };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("Neither an object nor the JSON text of one", [{ path: [], message: "not JSON" }]);
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const given = value ?? {};
  if (typeof given === "object" && !Array.isArray(given) && depthOf(given, MAX_DEPTH) <= MAX_DEPTH) {
    // An object that is no array.
    return given as Readonly<Record<string, unknown>>;
  }
  throw badRequest("Neither an object nor the JSON text of one", [
    { path: [], message: "must be an object" },
  ]);
}
