import type { Link } from "../connection/link.ts";
import type { TerminalCursor, TerminalRecord } from "../emulator/terminal-record.ts";
import { isHoldfastError } from "../errors.ts";
import { TERMINAL_LIMITS } from "../protocol/limits.ts";
import { createCell, type Source } from "../util/source.ts";
import { createOwnerLog } from "./owner-log.ts";
import type { OwnerState } from "./owner-state.ts";
import { placeAfter, placeAt } from "./place.ts";
import { fittingSnapshot, retell } from "./retell.ts";
import { sendRecord } from "./send-record.ts";
import { createTypedInputs, type TypedInput } from "./typed-inputs.ts";

export interface OwnerExit {
  readonly exitCode: number;
  readonly signal?: number;
}

export interface OwnerOptions {
  readonly link: Link;
  readonly sessionId: string;
  readonly projectId?: string;
  readonly ptyId: string;
  readonly title?: string;
  readonly readOnly: boolean;
  readonly resizePolicy: "latest" | "smallest" | "owner";
  readonly cols: number;
  readonly rows: number;
  schedule(delayMs: number, task: () => void): () => void;
  onInput(text: string): void;
  onResize(cols: number, rows: number): void;
  /** The server (or the emulator kept here) cannot take more: the program must wait, or may go on. */
  onFlow(paused: boolean): void;
  onError(error: unknown): void;
}

/**
 * Owns one terminal's stream: sends each of its bytes once, and after any loss of the connection or of the server
 * goes on from exactly what the server has.
 *
 *   registering ──ack──▶ sharing ──link down──▶ away ──link up──▶ registering
 *        └─ no ─▶ refused ──1 s──▶ registering      any ──exit told──▶ ended
 *                                                  sharing ──session deleted──▶ removed
 */
export interface Owner {
  readonly state: Source<OwnerState>;
  output(bytes: Uint8Array): void;
  resized(cols: number, rows: number): void;
  /** The program is gone. Resolves when the server knows, or `withinMs` is over. */
  exit(exit: OwnerExit, withinMs: number): Promise<void>;
  dispose(): void;
}

/** The server is behind by so much: the program waits (high), may go on (low). */
const HIGH_BYTES = TERMINAL_LIMITS.ownerKeepsBytes / 2;
const LOW_BYTES = 128 * 1_024;
const RETRY_MS = 1_000;

export function createOwner(options: OwnerOptions): Owner {
  const { link, sessionId, ptyId, schedule, onError } = options;
  const state = createCell<OwnerState>({ name: link.up ? "registering" : "away" }, onError);
  const logFor = (cols: number, rows: number) =>
    createOwnerLog({ cols, rows, schedule, onError, onChange: () => pump(), isPaused: () => isWaiting });
  let log = logFor(options.cols, options.rows);
  let identity: { readonly epoch: string; readonly resumeKey: string } | undefined;
  /** Next to send; `undefined` while not registered. */
  let cursor: TerminalCursor | undefined;
  let acked = 0;
  /** Rises with each registration and rewind: answers to what was sent before are not ours any more. */
  let generation = 0;
  /** A register is under way: how far the server has the stream is not known, so it must not run away. */
  let isAsking = false;
  const waits = { own: false, parsing: false, server: false };
  let isWaiting = false;
  const inputs = createTypedInputs();
  let cancelRetry: (() => void) | undefined;
  let told: (() => void) | undefined;

  const flow = (): void => {
    const behind = log.kept.head - acked;
    // With nobody there to take it the program runs on: the ring keeps the end of it, the emulator the rest.
    const counts = cursor !== undefined || isAsking;
    waits.own = counts && behind > (waits.own ? LOW_BYTES : HIGH_BYTES);
    waits.parsing = log.unparsed > (waits.parsing ? LOW_BYTES : HIGH_BYTES);
    const next = waits.own || waits.parsing || waits.server;
    if (next === isWaiting) return;
    isWaiting = next;
    options.onFlow(next);
  };

  const again = (): void => {
    cursor = undefined;
    isAsking = false;
    generation += 1;
    cancelRetry?.();
    cancelRetry = schedule(RETRY_MS, () => void register());
    flow();
  };

  const send = (record: TerminalRecord): void => {
    const sentIn = generation;
    sendRecord(link, ptyId, record).then(
      ({ offset }) => {
        if (sentIn !== generation) return;
        acked = Math.max(acked, offset);
        if (record.kind === "exit") finish();
        else pump();
      },
      (error: unknown) => {
        if (sentIn !== generation) return;
        if (isHoldfastError(error, "OFFLINE") || isHoldfastError(error, "CLOSED")) return;
        const hole = isHoldfastError(error, "CONFLICT") ? error.details?.["offset"] : undefined;
        // Refused right where the server is: that is no hole, and saying it again would change nothing.
        const isHole = typeof hole === "number" && hole < record.offset;
        const from = isHole ? placeAt(log.kept, hole) : undefined;
        if (from === undefined) return again();
        generation += 1;
        cursor = from;
        pump();
      },
    );
  };

  const pump = (): void => {
    while (cursor !== undefined && cursor.offset - acked < HIGH_BYTES) {
      const slice = log.kept.read(cursor, TERMINAL_LIMITS.frameBytes);
      // Gone: more than the ring came while the server took nothing. Registering again brings the snapshot.
      if (slice === undefined) {
        again();
        return;
      }
      if (slice.records.length === 0) break;
      cursor = slice.next;
      for (const record of slice.records) send(record);
    }
    flow();
  };

  const isOver = (): boolean => ["ended", "removed"].includes(state.getSnapshot().name);

  const remove = (): void => {
    generation += 1;
    cursor = undefined;
    waits.server = false;
    state.set({ name: "removed" });
    flow();
    told?.();
  };

  const finish = (): void => {
    state.set({ name: "ended" });
    told?.();
  };

  /** What the server needs to go on; taken last of all, since output comes while a snapshot is made. */
  const resume = async () => {
    const snapshot =
      identity !== undefined && log.kept.tail > 0
        ? await fittingSnapshot(log, TERMINAL_LIMITS.historyDefault)
        : undefined;
    const { tail, head } = log.kept;
    // The size belongs to the first byte that the server may be without.
    const { cols, rows } = tail === 0 ? log.start : log.kept;
    if (identity === undefined) return { cols, rows, screen: undefined };
    const state = snapshot === undefined ? {} : { snapshot: snapshot.told };
    return {
      cols,
      rows,
      screen: snapshot?.cursor,
      resume: { ...identity, from: tail, offset: head, ...state },
    };
  };

  /** The server began another epoch: the stream goes on there, beginning with all that the screen shows. */
  const startAnew = async (size: { cols: number; rows: number }, isMeant: () => boolean): Promise<void> => {
    const before = log;
    const snapshot = await before.snapshot(TERMINAL_LIMITS.historyDefault);
    if (!isMeant()) return;
    const next = logFor(size.cols, size.rows);
    retell(before, snapshot, next);
    before.dispose();
    log = next;
  };

  const register = async (): Promise<void> => {
    if (link.up === undefined || isOver()) return;
    generation += 1;
    const registeredIn = generation;
    const isMeant = (): boolean => registeredIn === generation;
    cursor = undefined;
    isAsking = true;
    flow();
    try {
      const { readOnly, resizePolicy, projectId, title } = options;
      const known = identity?.epoch;
      const { screen, ...wish } = await resume();
      if (!isMeant()) return;
      const ack = await link.request("terminal:register", {
        sessionId,
        ptyId,
        readOnly,
        resizePolicy,
        ...(projectId === undefined ? {} : { projectId }),
        ...(title === undefined ? {} : { title }),
        ...wish,
      });
      if (!isMeant()) return;
      identity = { epoch: ack.epoch, resumeKey: ack.resumeKey };
      if (known !== ack.epoch) inputs.clear();
      const isWhole = known === undefined && log.kept.tail === 0;
      if (known !== ack.epoch && !isWhole) await startAnew(wish, isMeant);
      if (!isMeant()) return;
      cursor = placeAfter(log.kept, ack, known === ack.epoch ? screen : undefined);
      if (cursor === undefined) return again();
      isAsking = false;
      acked = ack.offset;
      state.set({ name: "sharing", viewers: ack.viewers });
      pump();
    } catch (error) {
      if (!isMeant()) return;
      if (isHoldfastError(error, "OFFLINE") || isHoldfastError(error, "CLOSED")) return;
      if (isHoldfastError(error)) state.set({ name: "refused", error });
      else onError(error);
      again();
    }
  };

  /** What the server sends about a terminal names it by ptyId. */
  const hear = <T extends object>(event: string, take: (message: T) => void): (() => void) =>
    link.on(event, (payload, reply) => {
      if ((payload as { readonly ptyId?: unknown } | null)?.ptyId !== ptyId) return;
      // Its shapes are the protocol's, or the version was refused.
      take(payload as T);
      reply?.({ success: true });
    });

  const off = [
    link.onUp(() => {
      if (isOver()) return;
      state.set({ name: "registering" });
      void register();
    }),
    link.onDown(() => {
      cancelRetry?.();
      generation += 1;
      cursor = undefined;
      isAsking = false;
      waits.server = false;
      if (!isOver()) state.set({ name: "away" });
      flow();
    }),
    hear<TypedInput>("terminal:input", (input) => {
      if (inputs.isNew(input)) options.onInput(input.data);
    }),
    hear<{ readonly cols: number; readonly rows: number }>("terminal:resize", ({ cols, rows }) =>
      options.onResize(cols, rows),
    ),
    hear<{ readonly reason?: string }>("terminal:exit", ({ reason }) => {
      // Of a server that stops the next one takes over.
      if (reason === "session_removed") remove();
    }),
    hear<{ readonly paused: boolean }>("terminal:flow", ({ paused }) => {
      waits.server = paused;
      flow();
    }),
  ];
  void register();

  return {
    state,
    output(bytes) {
      log.append(bytes);
      pump();
    },
    resized(cols, rows) {
      log.resize(cols, rows);
      pump();
    },
    exit(exit, withinMs) {
      log.flush();
      log.kept.exit(exit);
      if (state.getSnapshot().name === "removed") return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = schedule(withinMs, resolve);
        told = () => {
          cancel();
          resolve();
        };
        pump();
      });
    },
    dispose() {
      generation += 1;
      cursor = undefined;
      cancelRetry?.();
      for (const stop of off) stop();
      log.dispose();
    },
  };
}
