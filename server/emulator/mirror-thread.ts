import { Worker } from "node:worker_threads";
import { type Mirror, MirrorLost, type MirrorSnapshot } from "../../sdk/emulator/mirror-contract.ts";
import type { MirrorStart } from "../core/terminals/emulator.ts";
import { type MirrorReport, type MirrorRequest, SHARED } from "./messages.ts";

export interface MirrorThreadOptions {
  /** What runs in the thread. */
  readonly script: URL;
  /** A thread that does nothing for so long with something to do is wedged, and ended. */
  readonly silentMs: number;
  /** How long it may take to start. */
  readonly startMs: number;
  /** No mirror is left in it, or it is dead. */
  readonly onEmpty: () => void;
}

/** One thread with mirrors in it. When it dies, they are lost with it, and it stays dead. */
export interface MirrorThread {
  readonly mirrors: number;
  readonly isDead: boolean;
  /** Whether it ever ran. */
  readonly hasStarted: boolean;
  createMirror(start: MirrorStart): Mirror;
  end(): void;
}

type Call = Exclude<MirrorRequest, { kind: "open" | "close" }>;
/** A call as a mirror makes it. */
type Wish = Call extends infer T ? (T extends Call ? Omit<T, "call" | "mirror"> : never) : never;
type Done = Extract<MirrorReport, { kind: "done" }>;

interface Pending {
  readonly mirror: number;
  resolve(done: Done): void;
  reject(error: Error): void;
}

/** Looks at a thread in a time of silence: so that a pause of this whole process, which stops both, is not held against it. */
const LOOKS = 4;

export function createMirrorThread({
  script,
  silentMs,
  startMs,
  onEmpty,
}: MirrorThreadOptions): MirrorThread {
  const shared = new Int32Array(new SharedArrayBuffer(SHARED.length * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(script, { workerData: { shared: shared.buffer }, name: "holdfast-mirrors" });
  const starts = new Map<number, MirrorStart>();
  const pending = new Map<number, Pending>();
  let calls = 0;
  let numbers = 0;
  let isReady = false;
  let isDead = false;
  let look: NodeJS.Timeout | undefined;
  let beats = 0;
  let silentLooks = 0;

  const stopLooking = (): void => {
    clearTimeout(look);
    look = undefined;
  };

  const die = (why: string, culprit?: number): void => {
    if (isDead) return;
    isDead = true;
    stopLooking();
    void worker.terminate();
    for (const { mirror, reject } of pending.values()) {
      const isOwn = isReady && (culprit === undefined || culprit === mirror);
      reject(new MirrorLost(why, isOwn));
    }
    pending.clear();
    starts.clear();
    onEmpty();
  };

  const watch = (): void => {
    look = undefined;
    if (isDead || pending.size === 0) return;
    const now = Atomics.load(shared, SHARED.beats);
    silentLooks = now === beats ? silentLooks + 1 : 0;
    beats = now;
    const patience = isReady ? LOOKS : (LOOKS * startMs) / silentMs;
    if (silentLooks > patience) die("The emulator's thread hung", Atomics.load(shared, SHARED.working));
    else look = setTimeout(watch, silentMs / LOOKS).unref();
  };

  worker.unref();
  worker.on("message", (report: MirrorReport) => {
    switch (report.kind) {
      case "ready":
        isReady = true;
        silentLooks = 0;
        break;
      case "done":
        take(report.call)?.resolve(report);
        break;
      case "failed":
        take(report.call)?.reject(new Error(report.message));
        break;
      case "reply":
        starts.get(report.mirror)?.onReply?.(report.reply);
        break;
      case "mended":
        starts.get(report.mirror)?.onError?.(new Error(report.message), report.offset);
    }
  });
  worker.on("error", (error) => die(`The emulator's thread failed: ${String(error)}`));
  worker.on("exit", () => die("The emulator's thread ended"));

  const take = (call: number): Pending | undefined => {
    const found = pending.get(call);
    pending.delete(call);
    return found;
  };

  const post = (request: MirrorRequest, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(request, transfer);

  const ask = (mirror: number, wish: Wish, transfer?: ArrayBuffer[]): Promise<Done> => {
    if (isDead) return Promise.reject(new MirrorLost("The emulator's thread is gone", false));
    if (!starts.has(mirror)) return Promise.reject(new Error("The mirror is disposed"));
    const call = ++calls;
    return new Promise((resolve, reject) => {
      pending.set(call, { mirror, resolve, reject });
      post({ ...wish, mirror, call }, transfer);
      if (look === undefined) {
        silentLooks = 0;
        look = setTimeout(watch, silentMs / LOOKS).unref();
      }
    });
  };

  const close = (mirror: number): void => {
    if (isDead || !starts.delete(mirror)) return;
    for (const [call, { mirror: of, reject }] of pending) {
      if (of !== mirror) continue;
      pending.delete(call);
      reject(new Error("The mirror is disposed"));
    }
    post({ kind: "close", mirror });
    if (starts.size === 0) onEmpty();
  };

  return {
    get mirrors() {
      return starts.size;
    },
    get isDead() {
      return isDead;
    },
    get hasStarted() {
      return isReady;
    },
    createMirror(start) {
      const mirror = ++numbers;
      let { cols, rows, offset } = start;
      const { scrollback, onReply } = start;
      if (!isDead) {
        starts.set(mirror, start);
        post({
          kind: "open",
          mirror,
          opening: { cols, rows, offset, scrollback, answers: onReply !== undefined },
        });
      }
      let isPlain = true;
      let underWay = 0;
      const done = (report: Done): void => {
        offset = report.offset;
        isPlain = report.isPlain;
        underWay -= 1;
      };
      /** What does not come through leaves the mirror lost, and not plain. */
      const change = (wish: Wish, transfer?: ArrayBuffer[]): Promise<void> => {
        underWay += 1;
        return ask(mirror, wish, transfer).then(done);
      };
      return {
        get cols() {
          return cols;
        },
        get rows() {
          return rows;
        },
        get offset() {
          return offset;
        },
        get isPlain() {
          return isPlain && underWay === 0;
        },
        write(bytes) {
          // A view would take its whole slab along; a copy of its own (not `slice`: a Buffer's is a view) is given away.
          const copy = new Uint8Array(bytes);
          return change({ kind: "write", bytes: copy }, [copy.buffer]);
        },
        resize(nextCols, nextRows) {
          cols = nextCols;
          rows = nextRows;
          return change({ kind: "resize", cols, rows });
        },
        async snapshot({ historyLines }) {
          return stateIn(await ask(mirror, { kind: "snapshot", historyLines }));
        },
        restore(snapshot) {
          ({ cols, rows } = snapshot);
          return change({ kind: "restore", snapshot });
        },
        dispose: () => close(mirror),
      };
    },
    end: () => die("The emulator's thread was ended"),
  };
}

function stateIn({ snapshot }: Done): MirrorSnapshot {
  if (snapshot === undefined) throw new Error("The emulator's thread answered without the state");
  return snapshot;
}
