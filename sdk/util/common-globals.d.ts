/**
 * The globals that browsers and Node share, and nothing else. Code that runs on both sides (protocol, util, emulator,
 * server/core) is compiled against this file in place of the DOM library or Node's types, so a global that only one
 * side has does not compile there. A project that has the DOM library or Node's types must not include it.
 */

interface Event {
  readonly type: string;
}

interface EventListenerOptionsCommon {
  once?: boolean;
  signal?: AbortSignal;
}

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(
    type: "abort",
    listener: (event: Event) => void,
    options?: EventListenerOptionsCommon,
  ): void;
  removeEventListener(type: "abort", listener: (event: Event) => void): void;
}
declare var AbortSignal: {
  abort(reason?: unknown): AbortSignal;
  any(signals: Iterable<AbortSignal>): AbortSignal;
  timeout(milliseconds: number): AbortSignal;
};

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { new (): AbortController };

interface TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}
declare var TextEncoder: { new (): TextEncoder };

interface TextDecoder {
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare var TextDecoder: {
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};

declare var crypto: {
  getRandomValues<T extends Uint8Array | Uint16Array | Uint32Array>(array: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
};

declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T): T;

/** A timer is a number in browsers and an object in Node; store it as `ReturnType<typeof setTimeout>`. */
declare function setTimeout(callback: () => void, delayMs?: number): number | object;
declare function clearTimeout(timer: number | object | undefined): void;
declare function setInterval(callback: () => void, delayMs?: number): number | object;
declare function clearInterval(timer: number | object | undefined): void;
