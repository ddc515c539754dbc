import { expect, it } from "vitest";
import type { Attachment } from "../../server/core/attachment.ts";
import { clientKey, createAttachments } from "../../server/core/attachments.ts";
import type { Bus } from "../../server/core/ports/bus.ts";
import { createReplacement } from "../../server/core/replacement.ts";
import { aCaller, aPeer, type RecordingPeer } from "./a-caller.ts";

/** Servers on one bus, whose messages are on their way until they are delivered. */
function start() {
  const listeners = new Set<(message: unknown) => void>();
  const upListeners = new Set<() => void>();
  let onTheWay: unknown[] = [];
  let isCut = false;
  const bus: Bus = {
    publish: (_, message) => {
      if (!isCut) onTheWay.push(message);
    },
    subscribe(_, listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onUp(listener) {
      upListeners.add(listener);
      return () => void upListeners.delete(listener);
    },
  };
  let ids = 0;
  const server = (serverId: string) => {
    const attachments = createAttachments();
    const replacement = createReplacement({
      ...{ bus, serverId, keyOf: clientKey },
      liveOne: attachments.ofClient,
    });
    return (): { peer: RecordingPeer; leave: () => void } => {
      const peer = aPeer(`peer-${++ids}`);
      const attachment: Attachment = aCaller({ peer, clientId: "c1" });
      attachments.add(attachment);
      replacement.attached(attachment);
      return {
        peer,
        leave() {
          attachments.remove(attachment);
          replacement.detached(attachment);
        },
      };
    };
  };
  return {
    connectOnA: server("a"),
    connectOnB: server("b"),
    deliver() {
      const messages = onTheWay;
      onTheWay = [];
      for (const message of messages) for (const listener of [...listeners]) listener(message);
    },
    cut() {
      isCut = true;
    },
    restore() {
      isCut = false;
      for (const listener of upListeners) listener();
    },
  };
}

it("the older connection of a client goes, on whichever server it is", () => {
  const { connectOnA, connectOnB, deliver } = start();
  const first = connectOnA();
  deliver();
  const second = connectOnB();
  deliver();
  expect(first.peer.sent).toEqual([{ event: "connection_replaced", payload: {} }]);
  expect([first.peer.isClosed, second.peer.isClosed]).toEqual([true, false]);
});

it("a client that comes back before its move was heard of is not taken for the one it left", () => {
  const { connectOnA, connectOnB, deliver } = start();
  connectOnA().leave();
  const onB = connectOnB();
  const back = connectOnA();
  deliver();
  expect([onB.peer.isClosed, back.peer.isClosed]).toEqual([true, false]);
});

it("what could not be said is said when the server is heard again", () => {
  const { connectOnA, connectOnB, deliver, cut, restore } = start();
  const first = connectOnA();
  deliver();
  cut();
  const second = connectOnB();
  deliver();
  expect(first.peer.isClosed).toBe(false);
  restore();
  deliver();
  expect([first.peer.isClosed, second.peer.isClosed]).toEqual([true, false]);
});
