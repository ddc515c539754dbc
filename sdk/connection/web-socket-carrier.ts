import type { OpenCarrier } from "./carrier.ts";

/**
 * A frame a packet. The constructor is looked up when it is needed, so that a mock or a polyfill installed after this
 * file was imported is used.
 */
export const openWebSocket: OpenCarrier = (url, listener) => {
  const socket = new globalThis.WebSocket(`${url.replace("http", "ws")}&transport=websocket`);
  socket.binaryType = "arraybuffer";
  let isOver = false;
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    listener.ended(reason);
  };
  // What went wrong is kept from pages on purpose, so there is nothing to pass on.
  socket.onerror = () => end("websocket error");
  socket.onclose = () => end("transport close");
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (!isOver) listener.packet(typeof data === "string" ? data : new Uint8Array(data));
  };
  return {
    // A socket that is closing drops what it is given, and says so by its end.
    send: (packet) => socket.send(packet),
    close() {
      isOver = true;
      socket.close();
    },
  };
};
