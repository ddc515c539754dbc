import { createAccess } from "./access.ts";
import { createAgents } from "./agents/agents.ts";
import { createAttaching } from "./attaching.ts";
import { createAttachments } from "./attachments.ts";
import { createBootstrap } from "./bootstrap/bootstrap.ts";
import { createChannels } from "./channels/channels.ts";
import { createMemoryChannelLog } from "./channels/memory-channel-log.ts";
import { followCommits } from "./commits.ts";
import type { Admission, Verdict } from "./credentials/admission.ts";
import { createCredentials } from "./credentials/credentials.ts";
import { createDelivery } from "./delivery/delivery.ts";
import { createPressure } from "./delivery/pressure.ts";
import { createSender } from "./delivery/sender.ts";
import { createDevSync } from "./dev/dev-sync.ts";
import { createMemoryDevRegistry } from "./dev/memory-dev-registry.ts";
import { createDispatch } from "./dispatch.ts";
import { Fault } from "./fault.ts";
import { createFaultOf } from "./fault-of.ts";
import { createActivity, createFocus, dropFocus } from "./focus/focus.ts";
import { createHearing, HEARS_ALL, isShared } from "./hearing.ts";
import type { HubOptions } from "./hub-options.ts";
import { createInFlight } from "./in-flight.ts";
import { limitsFrom } from "./limits.ts";
import { createMutations } from "./mutations/mutations.ts";
import { createShortcuts } from "./mutations/shortcuts.ts";
import { createPlain, type WatchedSession } from "./plain/plain.ts";
import type { ChannelLog } from "./ports/channel-log.ts";
import { ALONE } from "./ports/members.ts";
import { NO_METER } from "./ports/meter.ts";
import type { Candidate, DetachReason, Peer } from "./ports/peer.ts";
import { UNLIMITED } from "./ports/rate-limiter.ts";
import { channelRoom, createRooms } from "./rooms.ts";
import { contractRoutes } from "./routes.ts";
import { createShared } from "./shared.ts";
import { shutDown } from "./shutdown.ts";
import { createChanges } from "./state/changes.ts";
import { createKinds } from "./state/kinds.ts";
import { createQueues, createStatus } from "./status.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { createSync } from "./sync/sync.ts";
import { wireTerminals } from "./terminal-wiring.ts";
import { createTerminals } from "./terminals/terminals.ts";

/** The server without its edges: transports tell it who comes and what arrives, it answers through their peers. */
export function createHub(options: HubOptions) {
  const { store, clock, log, createId, random, authenticator, cluster = {} } = options;
  const limiter = options.rateLimiter ?? UNLIMITED;
  const meter = options.meter ?? NO_METER;
  const limits = limitsFrom(options.limits);
  const serverId = options.serverId ?? createId();
  const faultOf = createFaultOf(log, createId);
  const access = createAccess(log, options.authorize);
  const kinds = createKinds(options.collections);
  const inFlight = createInFlight();

  const attachments = createAttachments();
  const hearing = isShared(store, cluster)
    ? createHearing({ store, channelLog: () => channelLog, clock })
    : HEARS_ALL;
  const rooms = createRooms(hearing);
  const pressure = createPressure({ attachments, clock, log, meter, unsentBytes: limits.unsentBytes });
  const sender = createSender(log, meter, pressure);
  const { batchMs } = limits;
  const delivery = createDelivery({ rooms, attachments, access, sender, clock, meter, batchMs });

  const changes = createChanges({
    ...{ store, clock, kinds, limits, createId },
    onSessionRemoved: (draft, sessionId) => dropFocus(draft, sessionId, limits.maxFocused),
  });
  const activity = createActivity(clock, (sessionId, at) => shared.touched(sessionId, at));
  const shared = createShared({ bus: cluster.bus, serverId, clock, attachments, heard: activity.heard });
  const focus = createFocus({ store, changes, access, activity, limits });
  const focusOf = focus.stateOf;
  const bootstrap = createBootstrap({
    ...{ rooms, sender, limits, slots: options.bootstrapSlots ?? [] },
    shared: cluster.slots,
  });
  const { replay } = bootstrap;
  const subscriptions = createSubscriptions({
    ...{ store, rooms, access, clock, limits },
    onSubscribed: replay,
    onUnsubscribed: bootstrap.left,
  });
  const sync = createSync({
    ...{ store, access, clock, meter, limits, faultOf, focusOf },
    declared: [...kinds.values()].flatMap((kind) => (kind.isBuiltIn ? [] : [kind.collection])),
    join: subscriptions.join,
  });
  const channelLog: ChannelLog =
    cluster.channelLog ??
    createMemoryChannelLog({
      ...{ clock, limits, createId },
      isHeard: (projectId, channel) => rooms.get(channelRoom(projectId, channel)) !== undefined,
    });
  const channels = createChannels({ log: channelLog, rooms, sender, access, limits });
  const wiring = wireTerminals({ store, changes, rooms, activity, focusOf, log });
  const terminals = createTerminals({
    ...{ clock, log, access, createId },
    ...wiring,
    relay: cluster.terminalRelay,
    ...(options.emulator === undefined ? {} : { emulator: options.emulator }),
    ...(options.terminalLimits === undefined ? {} : { limits: options.terminalLimits }),
  });
  const mutations = createMutations({ store, changes, access, clock, meter, faultOf, inFlight, createId });
  const shortcuts = createShortcuts({
    ...{ changes, createId, shortcut: mutations.shortcut },
    type(sessionId, input) {
      terminals.typeInto(sessionId, input).catch((error: unknown) => {
        log.info({ err: error, sessionId }, "an answer could not be typed");
      });
    },
  });
  const agents = createAgents({
    ...{ store, changes, access, clock, log, limits, serverId },
    members: cluster.members ?? ALONE,
  });
  const ownRegistry = createMemoryDevRegistry(sender);
  const devRegistry = cluster.shareDevRegistry?.(ownRegistry) ?? ownRegistry;
  const devSync = createDevSync({
    ...{ registry: devRegistry, access, clock },
    publish: (projectId, channel, data) => channels.publish(undefined, projectId, channel, data),
  });

  const plain = createPlain({
    ...{ store, access, clock, log, focus, channels, terminals },
    hearFocus: subscriptions.hearFocus,
  });

  const { judge, expiry, refresh } = createCredentials({
    ...{ authenticator, attachments, access, rooms, clock, log, limits },
    onRevoked: ({ peer }, projectId) => terminals.revoked(peer, projectId),
  });
  const attach = createAttaching({
    ...{ attachments, rooms, access, expiry, clock, limits, serverId, createId, replay },
    sync: (caller, wanted) => void inFlight.track(sync.handshake(caller, wanted)),
    onAttached(attachment) {
      agents.attached(attachment);
      hearing.attached(attachment.peer);
      shared.attached(attachment);
    },
  });

  const routes = contractRoutes(
    {
      ...subscriptions.handlers,
      ...sync.handlers,
      ...mutations.handlers,
      ...shortcuts.handlers,
      ...focus.handlers,
      ...channels.handlers,
      ...terminals.handlers,
      ...agents.handlers,
      ...refresh.handlers,
    },
    mutations.refusals,
  );
  for (const [event, route] of [...devSync.routes(), ...plain.routes()]) routes.set(event, route);
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;
  const dispatch = createDispatch({ routes, limiter, clock, log, meter, faultOf, inFlight, isClosing });

  const follow = followCommits({
    ...{ terminals, activity, bootstrap, plain },
    focusedNow: wiring.focusedSessions,
    onError: (error) => log.info({ err: error }, "the focus could not be read anew"),
  });
  const stopCommits = store.onCommit((commit) => {
    hearing.committed(commit);
    sync.told(commit.projectId);
    delivery.deliver(commit);
    follow(commit);
  });

  async function dispose(): Promise<void> {
    await agents.close();
    stopCommits();
    for (const part of [delivery, pressure, expiry, channels, bootstrap, shared, hearing]) part.dispose();
  }

  return {
    serverId,
    access,
    mutations,
    focus,
    channels,
    bootstrap,
    terminals,
    status: createStatus({ serverId, attachments, rooms, clock, terminals, devRegistry }),
    queues: createQueues(attachments, inFlight),
    lastHeartbeat: agents.lastHeartbeat,
    isClosing,

    /** Looks after what servers that are gone were looking after: their agents, their spawns. Call at each start. */
    adoptOrphans: agents.adopt,

    /** Judges a connection that asks to come in. Never rejects. */
    async admit(candidate: Candidate): Promise<Verdict> {
      try {
        if (isClosing())
          throw new Fault("SHUTTING_DOWN", "The server is shutting down", { retryAfterMs: 1_000 });
        return { ok: true, admission: await judge(candidate) };
      } catch (error) {
        const { message, code, retryAfterMs } = faultOf(error, "connect");
        meter.count("connections_rejected", { namespace: candidate.namespace, code });
        return { ok: false, message, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
    },

    /** Brings an admitted socket in; what it is to hear first has been sent when this returns. */
    attach: (peer: Peer, admission: Admission): void => attach(peer, admission),

    /** Takes one event of a client. Never throws; `ack` is called exactly once. */
    receive(peer: Peer, event: string, payload: unknown, ack?: (answer: unknown) => void): void {
      const attachment = attachments.get(peer);
      if (attachment !== undefined) dispatch.receive(attachment, event, payload, ack);
    },

    /** Shows a plain WebSocket the terminal of a session, waiting for it (protocol section 10). */
    watchSession(peer: Peer, wanted: WatchedSession): void {
      const attachment = attachments.get(peer);
      if (attachment !== undefined) plain.watchSession(attachment, wanted);
    },

    detach(peer: Peer, reason: DetachReason): void {
      const attachment = attachments.get(peer);
      if (attachment === undefined) return;
      attachments.remove(attachment);
      rooms.leaveAll(attachment);
      expiry.forget(attachment);
      limiter.forget(attachment);
      terminals.detached(peer);
      plain.detached(peer);
      devSync.detached(attachment);
      agents.detached(attachment, reason);
      hearing.detached(peer);
      shared.detached(attachment);
    },

    /** Winds up in order; idempotent. The store stays open: whoever opened it closes it. */
    close(): Promise<void> {
      closing ??= shutDown({
        ...{ attachments, inFlight, clock, random, dispose },
        deadlineMs: limits.shutdownMs,
        announce: terminals.shutdown,
      });
      return closing;
    },
  };
}

export type Hub = ReturnType<typeof createHub>;
