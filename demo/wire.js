/*
 * The network under the page, made breakable: every WebSocket of the page goes through here. Nothing of Holdfast is
 * changed for it; the client meets a cut, a silent or a slow network as it would on a train.
 */
const state = { isCut: false, isSilent: false, delayMs: 0 };
const open = new Set();

const isOurs = (url) => String(url).includes("/socket.io/");

function later(task) {
  const { delayMs } = state;
  if (delayMs === 0) return task();
  setTimeout(() => {
    if (!state.isSilent) task();
  }, delayMs);
}

class BreakableWebSocket extends WebSocket {
  #isPassing = false;

  constructor(...args) {
    super(...args);
    open.add(this);
    this.addEventListener("close", () => open.delete(this));
    // The first listener of all: what is held here reaches nobody else.
    for (const type of ["message", "open"]) {
      this.addEventListener(type, (event) => {
        if (this.#isPassing || (!state.isSilent && state.delayMs === 0)) return;
        event.stopImmediatePropagation();
        if (!state.isSilent) later(() => this.#pass(event));
      });
    }
    if (state.isCut) queueMicrotask(() => this.close());
  }

  #pass({ type, data }) {
    if (this.readyState !== WebSocket.OPEN) return;
    this.#isPassing = true;
    this.dispatchEvent(type === "message" ? new MessageEvent(type, { data }) : new Event(type));
    this.#isPassing = false;
  }

  send(data) {
    if (state.isSilent) return;
    later(() => {
      if (this.readyState === WebSocket.OPEN) super.send(data);
    });
  }
}

/** Long-polling, which the client falls back to, is a network too. */
function breakPolling() {
  const { fetch } = globalThis;
  globalThis.fetch = async (url, options) => {
    if (!isOurs(url)) return fetch(url, options);
    if (state.isCut) throw new TypeError("The network was cut in the panel");
    if (state.isSilent) return never(options?.signal);
    await new Promise((resolve) => later(resolve));
    return fetch(url, options);
  };
}

/** An answer that does not come, until the caller has enough. */
const never = (signal) =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));

export const wire = {
  state,
  install() {
    globalThis.WebSocket = BreakableWebSocket;
    breakPolling();
  },
  /** The connections end, and none can be made. */
  cut(isCut) {
    state.isCut = isCut;
    if (isCut) for (const socket of open) socket.close();
  },
  /** Half-open: connections look alive, and nothing comes or goes. What was open stays dead. */
  silence(isSilent) {
    state.isSilent = isSilent;
    if (!isSilent) for (const socket of open) socket.close();
  },
  delay(delayMs) {
    state.delayMs = delayMs;
  },
};
