import { createTokenGate } from "./auth/token-gate.ts";
import { createBootstrap } from "./bootstrap/create-bootstrap.ts";
import { createChannels } from "./channels/create-channels.ts";
import { type Connection, createConnection } from "./connection/connection.ts";
import { INTERNALS } from "./connection/internals.ts";
import type { Part } from "./connection/part.ts";
import { hearServer } from "./connection/server-notices.ts";
import { createSocketTransport } from "./connection/socket-transport.ts";
import { type WhenLiveOptions, whenLive } from "./connection/when-live.ts";
import { HoldfastError } from "./errors.ts";
import { createFocus } from "./focus/index.ts";
import type { Client } from "./interface.ts";
import { createLeaveWarning } from "./leave-warning.ts";
import { createMutations, type StoredEntry } from "./mutations/index.ts";
import { type ClientOptions, requireAuth, requireId, resolveOptions } from "./options.ts";
import type { Collections } from "./protocol/collection.ts";
import type { Namespace, Project, TeamMember } from "./protocol/index.ts";
import { PROTOCOL_VERSION } from "./protocol/version.ts";
import { createStore } from "./store/index.ts";
import { createSync } from "./sync/index.ts";
import { createTrace } from "./trace/create-trace.ts";
import { createEmitter } from "./util/emitter.ts";
import { untilAborted } from "./util/until-aborted.ts";

/**
 * Makes a client; it does nothing before `connect()`.
 * @throws HoldfastError `BAD_REQUEST` for options that cannot work.
 * @example
 * const client = createClient({ url: "https://live.example.com", projectId: "p1" });
 * await client.connect();
 * client.tasks.create({ title: "Hold fast" });
 */
export function createClient<const C extends Collections = Collections>(
  options: ClientOptions<C>,
): Client<C> {
  const settings = resolveOptions(options);
  const { url, namespace, clock, random, createId, timings } = settings;
  const { now, schedule } = clock;
  const clientId = createId();
  let projectId = settings.projectId;

  const closed = new AbortController();
  const errors = createEmitter((error) => console.error(error));
  const onError = (error: unknown): void => {
    if (errors.size === 0) console.error(error);
    else errors.emit("error", error);
  };
  if (options.onError !== undefined) errors.on("error", options.onError);
  const { trace, record } = createTrace(clientId, now, onError, undefined, options.trace?.payloads);
  const events = createEmitter(onError);
  const common = { clock, random, record, onError };

  const gate = createTokenGate({
    ...common,
    auth: settings.auth,
    timeoutMs: timings.tokenMs,
    link: () => link,
    onSubjectChanged: () => connection.restart("auth", purge),
  });

  const connection: Connection = createConnection({
    ...common,
    url,
    namespace,
    timings,
    transport: options.transport ?? createSocketTransport(),
    auth: gate,
    handshake(joined) {
      const token = gate.current;
      const hello = { ...settings.agent, projectId, clientId, protocol: PROTOCOL_VERSION };
      const said: Record<string, unknown> = token === undefined ? hello : { ...hello, token };
      if (joined !== namespace) return said;
      for (const part of parts) Object.assign(said, part.handshake?.());
      return { ...said, batch: true };
    },
    prepare: () => restoring,
    onLive() {
      for (const part of parts) part.resume?.();
    },
  });
  const link = connection.link(namespace);
  const timing = { now, random, schedule };

  const store = createStore({ projectId, onError });
  const keeper = options.persistence?.keep({
    ...{ url, projectId, clientId, link, store, schedule, onError },
    trace: (entry) => record("persistence", entry.what, entry),
    queue: {
      stored: () => mutations.stored(),
      // What comes back from the keeper is what `outbox` was given.
      adopt: (writes) => mutations.adopt(writes as readonly StoredEntry[]),
      forget: (ids) => mutations.forget(ids),
    },
  });
  const sync = createSync({
    ...timing,
    link,
    store,
    collections: settings.collections,
    onError,
    trace: (name, detail) => record("sync", name, detail),
    deliver: (envelope, replayed) => events.emit(envelope.event, { ...envelope, replayed }),
    onFocus: (state) => focus.take(state),
  });
  const mutations = createMutations({
    ...timing,
    link,
    store,
    clientId,
    createId,
    onError,
    trace: (what, detail) => record("mutation", what, detail),
    expect: sync.expect,
    outbox: keeper?.outbox,
    sender: () => `${namespace === "/mobile" ? "mobile" : "ui"}:${link.up?.userId ?? "local"}`,
    collections: settings.collections,
  });
  const focus = createFocus({
    link,
    projectId,
    onError,
    trace: (what, detail) => record("focus", what, detail),
  });
  const channels = createChannels({ link, random, record, schedule, onError });
  const bootstrap = createBootstrap(link, onError);
  /** In the order in which they speak after a connect. */
  const parts: readonly Part[] = [
    ...[bootstrap, sync, mutations, focus, channels],
    ...(options.warnBeforeLeaving === true ? [createLeaveWarning(mutations)] : []),
  ];

  /** While what is kept on this device is read. */
  let restoring: Promise<void> | undefined;
  const restore = (): void => {
    restoring = keeper?.restore().then(() => {
      restoring = undefined;
    });
  };
  const reset = (): void => {
    for (const part of parts) part.reset?.(projectId);
  };
  const switched = (): void => {
    // First, since it keeps what the others are about to forget.
    keeper?.reset?.(projectId);
    reset();
  };
  /** What the keeper holds is the old user's, and stays where it is. */
  const purge = (): void => {
    mutations.abandon(new HoldfastError("SUBJECT_CHANGED", "Another user is signed in now"));
    reset();
  };

  sync.state.subscribe(() => {
    const state = sync.state.getSnapshot();
    if (state.name === "current") connection.synced();
    else if (state.name === "failed") connection.reject(state.error);
    else if (state.name === "syncing" && state.progress !== undefined) connection.progress(state.progress);
  });
  hearServer({ link, gate, connection, onError, projectId: () => projectId });

  const connect = (): Promise<void> => {
    if (connection.status.getSnapshot().name === "idle") restore();
    connection.connect();
    return untilLive();
  };
  const untilLive = (wanted?: WhenLiveOptions): Promise<void> => whenLive(connection.status, wanted);

  return {
    clientId,
    get projectId() {
      return projectId;
    },
    status: connection.status,
    connect,
    async close() {
      const kept = keeper?.flushed();
      connection.close();
      gate.close();
      for (const part of parts) part.dispose();
      closed.abort(new HoldfastError("CLOSED", "The client was closed"));
      await kept;
      await keeper?.dispose();
    },
    whenLive: untilLive,
    reconnect() {
      if (connection.status.getSnapshot().name === "idle") return connect();
      connection.restart("reconnect");
      return untilLive();
    },
    on: (
      event: string,
      listener: (event: never) => void,
      { signal }: { readonly signal?: AbortSignal } = {},
    ) => untilAborted(signal, events.on(event, listener)),
    onError: (listener) => errors.on("error", listener),
    switchProject(next) {
      if (requireId(next, "projectId") !== projectId) {
        projectId = next;
        connection.restart("project", switched);
      }
      return connection.status.getSnapshot().name === "idle" ? Promise.resolve() : untilLive();
    },
    setAuth(auth) {
      const isLive = gate.canAuthenticate && auth !== undefined && link.up !== undefined;
      gate.use(requireAuth(auth));
      if (isLive) gate.refresh("connect");
      else connection.restart("auth");
    },
    project: mutations.collection<Project>("projects"),
    tasks: mutations.tasks,
    sessions: mutations.sessions,
    teamMembers: mutations.collection<TeamMember>("teamMembers"),
    mail: mutations.mail,
    collection: (name) => mutations.collection(name),
    mutations,
    focus,
    channel: channels.channel,
    aiStream: channels.aiStream,
    bootstrap,
    trace,
    [INTERNALS]: {
      link: (wanted: Namespace) => connection.link(wanted),
      now,
      createId,
      schedule,
      onError,
      record,
      closed: closed.signal,
    },
  };
}
