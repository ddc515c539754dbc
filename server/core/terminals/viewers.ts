import type { TerminalWatch, TerminalWatchAck } from "../../../sdk/protocol/index.ts";
import { Fault } from "../fault.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { createActivityNotice } from "./activity-notice.ts";
import { createArrivals } from "./arrivals.ts";
import { createBatch } from "./batch.ts";
import { createDelivery, send } from "./delivery.ts";
import { createFrames } from "./frames.ts";
import { openWithDelta, openWithSnapshot } from "./opening.ts";
import type { Exit, Stream } from "./stream.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import { createViewer, type Viewer } from "./viewer.ts";
import type { ViewerOptions } from "./viewer-options.ts";

/** An owner that came back has sent again what it has by then. */
const ARRIVAL_MS = 1_000;

export interface ViewersDeps {
  readonly sessionId: string;
  readonly clock: Clock;
  readonly limits: TerminalLimits;
  readonly log: Log;
  readonly stream: () => Stream;
  /** A viewer was opened: it may have to be told more than output. */
  readonly onOpen: (viewer: Viewer) => void;
}

/** Everybody who watches one terminal, and when they are sent what. */
export interface Viewers {
  readonly size: number;
  /** How many bytes each is behind. */
  lags(): readonly number[];
  /** @throws Fault `CONFLICT` when the viewer was closed before it was answered */
  watch(
    options: ViewerOptions,
    since: TerminalWatch["since"],
  ): { readonly viewer: Viewer; readonly ack: TerminalWatchAck | Promise<TerminalWatchAck> };
  remove(viewer: Viewer): void;
  /** There is more in the stream. */
  touch(): void;
  /** The stream has ended, or its end did not hold. */
  flush(): void;
  typed(): void;
  setFocused(isFocused: boolean): void;
  /** Another stream has begun. */
  restart(): void;
  revive(): void;
  tell(event: string, payload: unknown): void;
  /** Tells the end to all who were not told it in its place, and closes every viewer. */
  finish(payload: { readonly sessionId: string } & Exit, fault: Fault): void;
}

export function createViewers(deps: ViewersDeps): Viewers {
  const { sessionId, clock, limits, log, stream } = deps;
  const viewers = new Set<Viewer>();
  let isFocused = false;
  /** Set once nobody can watch any more. */
  let over: Fault | undefined;
  let changedAt = clock.now();
  let flushedTo = 0;
  let noticedAt = 0;

  const delivery = createDelivery(viewers, () => createFrames(sessionId, stream().epoch));
  const flush = (): void => {
    flushedTo = stream().log.end;
    delivery.flush();
  };
  const batch = createBatch(clock, limits, flush);
  const arrivals = createArrivals(clock);

  const tell = (event: string, payload: unknown, to = (viewer: Viewer): boolean => viewer.isOpen): void =>
    send({ event, payload }, [...viewers].filter(to));

  const notice = createActivityNotice(clock, limits.activityMs, () => {
    const { epoch, log: kept } = stream();
    tell("terminal:activity", { sessionId, epoch, offset: kept.end }, (viewer) => viewer.isIdle);
  });

  const remove = (viewer: Viewer): void => {
    viewer.close();
    viewers.delete(viewer);
  };

  /** The rest of what the viewer has is on its way: the server was restarted, and the owner sends it again. */
  const isComing = (since: TerminalWatch["since"]): since is NonNullable<TerminalWatch["since"]> => {
    const { epoch, head, log: kept } = stream();
    return since?.epoch === epoch && since.offset > kept.end && since.offset <= head;
  };

  const whyClosed = (): Fault => over ?? new Fault("CONFLICT", "The viewer is gone, or watches anew");

  const opened = (viewer: Viewer, ack: TerminalWatchAck): TerminalWatchAck => {
    if (viewer.isClosed) throw whyClosed();
    const { end } = stream().log;
    viewer.openSoon(() => {
      deps.onOpen(viewer);
      // Output that came since the answer is activity like any other.
      if (viewer.isIdle && stream().log.end !== end) notice.touch();
    });
    return ack;
  };

  return {
    get size() {
      return viewers.size;
    },
    lags: () => Array.from(viewers, ({ lagBytes }) => lagBytes),
    watch(options, since) {
      const viewer = createViewer(sessionId, options, {
        clock,
        limits,
        log,
        isFocused: () => isFocused,
        quietMs: () => clock.now() - changedAt,
        wake: delivery.wake,
      });
      viewers.add(viewer);
      const delta = (): TerminalWatchAck | undefined => since && openWithDelta(viewer, stream(), since);
      const ack = delta();
      if (ack !== undefined) return { viewer, ack: opened(viewer, ack) };
      const open = isComing(since)
        ? arrivals.until(since.offset, ARRIVAL_MS).then(() => delta() ?? openWithSnapshot(viewer, stream))
        : openWithSnapshot(viewer, stream);
      const late = open
        .then((answer) => opened(viewer, answer))
        .catch((error: unknown) => {
          if (viewer.isClosed) throw whyClosed();
          remove(viewer);
          throw error;
        });
      return { viewer, ack: late };
    },
    remove,
    touch() {
      changedAt = clock.now();
      if (viewers.size === 0) return;
      const { end } = stream().log;
      arrivals.reached(end);
      batch.touch(end - flushedTo);
      const hasIdle = end !== noticedAt && [...viewers].some((viewer) => viewer.isIdle);
      noticedAt = end;
      if (hasIdle) notice.touch();
    },
    flush,
    typed: batch.typed,
    setFocused(value) {
      if (value === isFocused) return;
      isFocused = value;
      if (isFocused) flush();
    },
    restart() {
      arrivals.dispose();
      for (const viewer of viewers) viewer.restart(stream());
      flush();
    },
    revive() {
      for (const viewer of viewers) viewer.revive();
    },
    tell,
    finish(payload, fault) {
      over = fault;
      tell("terminal:exit", payload, (viewer) => viewer.isAnswered && !viewer.hasEnded);
      for (const viewer of viewers) remove(viewer);
      arrivals.dispose();
      batch.dispose();
      notice.dispose();
    },
  };
}
