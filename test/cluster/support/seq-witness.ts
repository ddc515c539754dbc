import { io, type Socket } from "socket.io-client";

interface Position {
  readonly epoch: string;
  readonly seq: number;
}

interface Numbered {
  readonly seq?: number;
  readonly epoch?: string;
  readonly projectId?: string;
}

/** A bare socket that holds the server to the order of a project: every event once, each seq one above the last. */
export interface SeqWitness {
  /** What was against the rules, in words. */
  readonly violations: readonly string[];
  readonly position: Position | undefined;
  /** Whole states that it was given after its first. */
  readonly snapshots: number;
  readonly connections: number;
  close(): void;
}

/** Not so long that a server that is back is not used. */
const RETRY_MS = 200;

/** @param events names of the domain events that are looked at; must be all that the project has */
export function watchSeq(url: string, projectId: string, events: readonly string[]): SeqWitness {
  const violations: string[] = [];
  let position: Position | undefined;
  /** Seq of the last answer to a sync: what is told up to it overlaps with it. */
  let answered = 0;
  let socket: Socket | undefined;
  let snapshots = 0;
  let connections = 0;
  let isClosed = false;

  function take(name: string, event: Numbered, held: Numbered[] | undefined): void {
    if (event.projectId !== projectId || event.seq === undefined || event.epoch === undefined) return;
    if (held !== undefined) {
      held.push(event);
      return;
    }
    const { seq, epoch } = event;
    if (epoch === position?.epoch && seq <= answered) return;
    if (epoch !== position?.epoch) violations.push(`${name} ${epoch}/${seq} at ${position?.epoch}`);
    else if (seq !== position.seq + 1) violations.push(`${name} ${seq} after ${position.seq}`);
    position = { epoch, seq };
  }

  function connect(): void {
    if (isClosed) return;
    const since = position === undefined ? {} : { since: position };
    const own = io(`${url}/ui`, {
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
      timeout: 3_000,
      auth: { projectId, protocol: 1, sync: since },
    });
    socket = own;
    /** What comes before the answer to a sync; `undefined` when none is under way. */
    let held: Numbered[] | undefined = [];
    let isOver = false;

    function again(): void {
      if (isOver) return;
      isOver = true;
      own.disconnect();
      setTimeout(connect, RETRY_MS);
    }

    function synced(answer: { success: boolean; mode: string; epoch: string; seq: number }): void {
      if (!answer.success) {
        again();
        return;
      }
      const { mode, epoch, seq } = answer;
      if (mode === "snapshot" && position !== undefined) snapshots += 1;
      if (mode === "delta" && position !== undefined && seq < position.seq)
        violations.push(`delta back to ${seq} from ${position.seq}`);
      position = { epoch, seq };
      answered = seq;
      const waiting = held ?? [];
      held = undefined;
      for (const event of waiting) if (event.epoch === epoch) take("held", event, held);
    }

    own.on("connect", () => {
      connections += 1;
    });
    own.on("state:synced", synced);
    own.on("state:reset", () => {
      held = [];
      own
        .timeout(5_000)
        .emit("state:sync", { projectId, since: position }, (error: Error | null, ack: never) => {
          if (error === null) synced(ack);
          else again();
        });
    });
    for (const name of events) own.on(name, (event: Numbered) => take(name, event, held));
    own.on("connect_error", again);
    own.on("disconnect", again);
  }

  connect();
  return {
    violations,
    get position() {
      return position;
    },
    get snapshots() {
      return snapshots;
    },
    get connections() {
      return connections;
    },
    close() {
      isClosed = true;
      socket?.disconnect();
    },
  };
}
