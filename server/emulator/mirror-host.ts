import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Mirror } from "../../sdk/emulator/mirror-contract.ts";
import type { MirrorOpening, MirrorReport, MirrorRequest } from "./messages.ts";

/** Longest time for one mirror before another has its turn; nobody else waits in this thread. */
const SLICE_MS = 20;

interface Hosted {
  readonly mirror: Mirror;
  /** Everything asked of it so far is done. */
  done: Promise<void>;
}

/**
 * The mirrors of one thread, by number.
 * @param onWork called with the mirror that is about to be worked for
 * @returns takes a request
 */
export function createMirrorHost(
  report: (report: MirrorReport) => void,
  onWork: (mirror: number) => void,
): (request: MirrorRequest) => void {
  const hosted = new Map<number, Hosted>();

  const open = (number: number, { answers, ...opening }: MirrorOpening): void => {
    const mirror = createMirror({
      ...opening,
      sliceMs: SLICE_MS,
      onWork: () => onWork(number),
      onError: (error, offset) =>
        report({ kind: "mended", mirror: number, message: messageOf(error), offset }),
      ...(answers && { onReply: (reply: string) => report({ kind: "reply", mirror: number, reply }) }),
    });
    hosted.set(number, { mirror, done: Promise.resolve() });
  };

  const answer = ({ mirror }: Hosted, call: number, work: Promise<void>): Promise<void> =>
    work.then(
      () => report({ kind: "done", call, offset: mirror.offset, isPlain: mirror.isPlain }),
      (error: unknown) => report({ kind: "failed", call, message: messageOf(error) }),
    );

  return (request) => {
    onWork(request.mirror);
    if (request.kind === "open") return open(request.mirror, request.opening);
    const found = hosted.get(request.mirror);
    if (found === undefined) {
      if (request.kind !== "close") {
        report({ kind: "failed", call: request.call, message: "There is no such mirror" });
      }
      return;
    }
    const { mirror } = found;
    switch (request.kind) {
      case "write":
        found.done = answer(found, request.call, mirror.write(request.bytes));
        break;
      case "resize":
        found.done = answer(found, request.call, mirror.resize(request.cols, request.rows));
        break;
      case "restore":
        found.done = answer(found, request.call, mirror.restore(request.snapshot));
        break;
      case "snapshot": {
        const { call, historyLines } = request;
        found.done = found.done.then(async () => {
          onWork(request.mirror);
          try {
            const snapshot = await mirror.snapshot({ historyLines });
            report({ kind: "done", call, offset: mirror.offset, isPlain: mirror.isPlain, snapshot });
          } catch (error) {
            report({ kind: "failed", call, message: messageOf(error) });
          }
        });
        break;
      }
      case "close":
        hosted.delete(request.mirror);
        mirror.dispose();
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
