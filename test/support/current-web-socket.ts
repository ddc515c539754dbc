import { NodeWebSocket } from "socket.io-client";

/**
 * The WebSocket transport over whatever `globalThis.WebSocket` is at the moment of connecting. The library's own takes
 * the constructor when it is first imported, and so misses one that a mock or a polyfill puts there later.
 * Without a global one (Node 20) it is the library's choice. In a browser bundle the base is the browser's transport.
 */
export class CurrentWebSocket extends NodeWebSocket {
  override createSocket(
    uri: string,
    protocols: string | string[] | undefined,
    options: Record<string, unknown>,
  ): unknown {
    const { WebSocket } = globalThis;
    if (WebSocket === undefined) return super.createSocket(uri, protocols, options);
    // Node's default, `nodebuffer`, means nothing to a standard WebSocket.
    this.socket.binaryType = "arraybuffer";
    return new WebSocket(uri, protocols);
  }
}
