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

/** Long-polling is a network too. */
function breakPolling() {
  const { open: openRequest } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    const target = isOurs(url) && (state.isCut || state.isSilent) ? "/cut-by-the-network-panel" : url;
    return openRequest.call(this, method, target, ...rest);
  };
}

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
