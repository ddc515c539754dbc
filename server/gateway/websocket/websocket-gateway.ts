import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Failure } from "../../../sdk/protocol/index.ts";
import type { Hub } from "../../core/hub.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import { refuseUpgrade, refuseUpgradeWith } from "../refuse-upgrade.ts";
import { type Asked, readFrame, unreadable } from "./client-frames.ts";
import { createPings } from "./pings.ts";
import { createPlainTransport, PlainPeer } from "./plain-peer.ts";
import { type PlainRequest, plainRequestOf, SUBPROTOCOL } from "./plain-request.ts";
import { errorFrame } from "./server-frames.ts";

export interface WebSocketGatewayOptions {
  readonly hub: Pick<Hub, "admit" | "attach" | "receive" | "detach" | "watchSession">;
  readonly clock: Clock;
  readonly log: Log;
  readonly createId: () => string;
  /** Whether a request comes from this machine's own user (protocol section 3). */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly limits: { readonly frameBytes: number; readonly unsentBytes: number };
}

/** The edge of plain WebSockets. It owns no port: upgrades of its paths are handed over. */
export interface WebSocketGateway {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Open connections. */
  connections(): number;
  /** Disconnects everybody; idempotent. */
  close(): Promise<void>;
}

/** A client that was told of the close has this long to answer. */
const CLOSE_MS = 500;

type Admission = Parameters<Hub["attach"]>[1];

export function createWebSocketGateway(options: WebSocketGatewayOptions): WebSocketGateway {
  const { hub, clock, log, limits } = options;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const transport = createPlainTransport(clock.now);
  const pings = createPings(clock, () => server.clients);
  let onEmpty = (): void => undefined;

  /** A client must not be able to end the process, whatever it found. */
  function guarded(connectionId: string, what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      log.error({ err: error, connectionId, namespace: "/ws" }, what);
    }
  }

  function ask(peer: PlainPeer, { type, sessionId, event, payload }: Asked): void {
    hub.receive(peer, event, payload, (answer) => {
      // What the core answers is an ack or a failure.
      const told = answer as Failure | { readonly success: true; readonly expiresAt?: number };
      if (!told.success) peer.answer(errorFrame(told, sessionId, clock.now()));
      else if (type === "auth") peer.answer({ type, expiresAt: told.expiresAt, timestamp: clock.now() });
    });
  }

  function take(peer: PlainPeer, data: RawData, isBinary: boolean, urlSessionId: string | undefined): void {
    // `nodebuffer`, the default, hands over one buffer.
    const text = (data as Buffer).toString();
    ask(peer, isBinary ? unreadable("The frame is binary; send JSON text") : readFrame(text, urlSessionId));
  }

  function connect(socket: WebSocket, id: string, admission: Admission, request: PlainRequest): void {
    const { sessionId, priority } = request;
    const ids = { connectionId: id, namespace: "/ws" };
    const peer = new PlainPeer({
      ...{ id, socket, transport, now: clock.now, unsentBytes: limits.unsentBytes },
      awaitsStatus: sessionId !== undefined,
      onGone: () => guarded(id, "a disconnect broke its handler", () => hub.detach(peer, "transport close")),
    });
    pings.watch(socket);
    // A broken frame: `ws` closes the socket itself.
    socket.on("error", (error) => log.info({ ...ids, err: error }, "a socket failed"));
    socket.on("close", (code) => {
      log.info({ ...ids, code }, "disconnected");
      peer.gone();
      if (server.clients.size === 0) onEmpty();
    });
    socket.on("message", (data, isBinary) => {
      // What was read before a close is handed over too.
      if (socket.readyState !== socket.OPEN) return;
      guarded(id, "a frame broke its handler", () => take(peer, data, isBinary, sessionId));
    });
    log.info(ids, "connected");
    guarded(id, "a connection broke its handler", () => {
      hub.attach(peer, admission);
      if (sessionId === undefined) return;
      hub.watchSession(peer, { sessionId, priority, missing: () => peer.end("missing") });
    });
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const asked = plainRequestOf(request);
    const { token, projectId, sessionId } = asked;
    const id = options.createId();
    const verdict = await hub.admit({
      namespace: "/ws",
      auth: { token, projectId, sessionId },
      local: options.isLocal(request),
      connection: id,
    });
    if (!verdict.ok) return refuseUpgradeWith(socket, verdict);
    server.handleUpgrade(request, socket, head, (opened) => connect(opened, id, verdict.admission, asked));
  }

  let closing: Promise<void> | undefined;
  return {
    handleUpgrade(request, socket, head) {
      // Nobody else listens while the token is judged.
      const onError = (): void => void socket.destroy();
      socket.on("error", onError);
      upgrade(request, socket, head)
        .catch((error: unknown) => {
          log.error({ err: error, namespace: "/ws" }, "an upgrade failed");
          refuseUpgrade(socket, 500);
        })
        .finally(() => socket.off("error", onError));
    },
    connections: () => server.clients.size,
    close: () => (closing ??= closeAll()),
  };

  async function closeAll(): Promise<void> {
    pings.dispose();
    for (const socket of server.clients) socket.close(1012);
    if (server.clients.size > 0) {
      const all = new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      const cancel = clock.schedule(CLOSE_MS, () => {
        for (const socket of server.clients) socket.terminate();
      });
      await all;
      cancel();
    }
    server.close();
  }
}
