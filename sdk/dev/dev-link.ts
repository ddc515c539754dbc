import type { ClientInternals } from "../connection/internals.ts";
import type { RequestOptions } from "../connection/link.ts";
import { HoldfastError, isHoldfastError } from "../errors.ts";
import type { AppSocket } from "../protocol/index.ts";
import { createEmitter } from "../util/emitter.ts";
import { createCell, type Source } from "../util/source.ts";
import { type DevEventName, type DevEvents, HEARD_AS, readPayload } from "./dev-events.ts";

/** What a dev-sync client is to the others: everybody of one resource hears one another. */
export interface Resource {
  readonly guid: string;
  readonly name?: string;
  /** Told to the others as it is. */
  readonly subTypeId?: unknown;
}

export type DevState =
  | { readonly name: "offline" }
  | { readonly name: "registering" }
  /** `clients`: everybody of the resource at that moment, this one included. */
  | { readonly name: "registered"; readonly clients: readonly AppSocket[] }
  | { readonly name: "refused"; readonly error: HoldfastError };

/** A registered place in dev-sync (protocol section 12), kept over reconnects. */
export interface DevLink extends Source<DevState> {
  on<E extends DevEventName>(event: E, listener: (payload: DevEvents[E]) => void): () => void;
  /** @throws HoldfastError of the server's code; `OFFLINE` while not registered */
  send<E extends DevEventName>(event: E, payload: DevEvents[E]): Promise<void>;
  dispose(): void;
}

/** These events stand apart from the table that types a link's requests: they come from before it. */
type DevRequest = (event: string, payload: unknown, options?: RequestOptions) => Promise<unknown>;

const RETRY_MS = 1_000;

/** @param resource asked at each registration, since a client may switch to another project */
export function createDevLink(internals: ClientInternals, resource: () => Resource): DevLink {
  const { schedule, onError } = internals;
  const link = internals.link("/");
  // See DevRequest.
  const request = link.request as DevRequest;
  const state = createCell<DevState>({ name: "offline" }, onError);
  const heard = createEmitter(onError);
  let cancelRetry = (): void => {};

  const register = (): void => {
    cancelRetry();
    const socket = link.up;
    if (socket === undefined) return;
    state.set({ name: "registering" });
    request("register-client", registrationOf(resource())).then(
      () => {
        // The answer itself came before the ack, under a name of its own.
        if (link.up === socket && state.getSnapshot().name === "registering") {
          state.set({ name: "registered", clients: [] });
        }
      },
      (error: unknown) => {
        if (link.up !== socket || !isHoldfastError(error) || error.code === "CLOSED") return;
        if (error.retry !== "backoff") state.set({ name: "refused", error });
        else cancelRetry = schedule(error.retryAfterMs ?? RETRY_MS, register);
      },
    );
  };

  const offs = [
    link.onUp(register),
    link.onDown(() => {
      cancelRetry();
      state.set({ name: "offline" });
    }),
    link.on("push-registered-client", (payload) => {
      // Checked below; a server that says something else has said nothing.
      const pushData = readPayload(payload)?.["pushData"] as { readonly appSockets?: unknown } | undefined;
      const clients = pushData?.appSockets;
      // The protocol's own shape.
      if (Array.isArray(clients)) state.set({ name: "registered", clients: clients as AppSocket[] });
    }),
    // The keys of a literal are its names.
    ...(Object.keys(HEARD_AS) as DevEventName[]).map((event) =>
      link.on(HEARD_AS[event], (payload) => {
        const read = readPayload(payload);
        if (read !== undefined) heard.emit(event, read);
      }),
    ),
  ];
  register();

  return {
    getSnapshot: state.getSnapshot,
    subscribe: state.subscribe,
    on: (event, listener) => heard.on(event, listener),
    async send(event, payload) {
      const now = state.getSnapshot();
      if (now.name === "refused") throw now.error;
      if (now.name !== "registered")
        throw new HoldfastError("OFFLINE", `${event} was not sent: not registered`);
      await request(event, payload);
    },
    dispose() {
      cancelRetry();
      for (const off of offs) off();
    },
  };
}

/** Spelling as the protocol has it. */
function registrationOf({ guid, name, subTypeId }: Resource): object {
  return {
    pushData: {
      isAppInit: true,
      triggerEvent: "register-client",
      appSockets: [],
      pushRecepients: [
        {
          cdObjId: { resourceGuid: guid, ...(name === undefined ? {} : { resourceName: name }) },
          ...(subTypeId === undefined ? {} : { subTypeId }),
        },
      ],
      commTrack: { completed: false },
    },
  };
}
