import type { EnginePacket, OpenCarrier } from "./carrier.ts";

/** Between the packets of one body. */
const SEPARATOR = "\x1e";
/** A type that needs no leave of another origin beforehand. */
const POST_HEADERS = { "Content-Type": "text/plain;charset=UTF-8" };
/** A server that does not take the farewell by then has lost the connection anyway. */
const FAREWELL_MS = 2_000;
/** Of a UTF-16 code unit in UTF-8, at most. */
const UNIT_BYTES = 3;

/** Bodies are text: bytes travel as `b` and base64. */
function textOf(packet: EnginePacket): string {
  if (typeof packet === "string") return packet;
  let binary = "";
  for (const byte of packet) binary += String.fromCharCode(byte);
  return `b${btoa(binary)}`;
}

const packetOf = (text: string): EnginePacket =>
  text[0] === "b" ? Uint8Array.from(atob(text.slice(1)), (unit) => unit.charCodeAt(0)) : text;

/** HTTP long-polling: one GET always waits for packets, one POST at a time takes those of ours. */
export const openPolling: OpenCarrier = (url, listener) => {
  const controller = new AbortController();
  const outbox: string[] = [];
  let address = `${url}&transport=polling`;
  let maxBytes = 0;
  let isOpen = false;
  let sending: Promise<void> | undefined;
  let isOver = false;

  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    controller.abort();
    listener.ended(reason);
  };

  const fail = (error: unknown): void => end(error instanceof Error ? error.message : String(error));

  const request = async (body?: string): Promise<string> => {
    const response = await fetch(address, {
      ...(body === undefined ? {} : { method: "POST", body, headers: POST_HEADERS }),
      cache: "no-store",
      signal: controller.signal,
    });
    if (!response.ok) throw new Error(`long-polling was answered with ${response.status}`);
    return response.text();
  };

  /** As many packets as fit into one body; one that fits into none is the server's to refuse. */
  const nextBody = (): string => {
    let bytes = 0;
    let count = 0;
    for (const packet of outbox) {
      bytes += (packet.length + 1) * UNIT_BYTES;
      if (count > 0 && bytes > maxBytes) break;
      count += 1;
    }
    return outbox.splice(0, count).join(SEPARATOR);
  };

  /** Goes on with what is given meanwhile. */
  const send = async (): Promise<void> => {
    while (outbox.length > 0) await request(nextBody());
    sending = undefined;
  };
  const flush = (): Promise<void> => {
    sending ??= send().catch(fail);
    return sending;
  };

  const poll = async (): Promise<void> => {
    try {
      while (!isOver) {
        for (const text of (await request()).split(SEPARATOR)) {
          if (text === "1") end("transport close");
          if (!isOver) listener.packet(packetOf(text));
          // As with a WebSocket, what waits for one packet goes on before the next is heard.
          await Promise.resolve();
        }
      }
    } catch (error) {
      fail(error);
    }
  };
  void poll();

  return {
    opened({ sid, maxPayload }) {
      isOpen = true;
      maxBytes = maxPayload;
      address += `&sid=${encodeURIComponent(sid)}`;
    },
    send(packet) {
      outbox.push(textOf(packet));
      void flush();
    },
    close() {
      if (isOver) return;
      isOver = true;
      if (!isOpen) return controller.abort();
      outbox.push("1");
      // The waiting GET is ended by the server; cut off before that, it would look like a lost connection there.
      const timer = setTimeout(() => controller.abort(), FAREWELL_MS);
      void flush().finally(() => {
        clearTimeout(timer);
        controller.abort();
      });
    },
  };
};
