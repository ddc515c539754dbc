import { describe, expect, test } from "vitest";
import type { Envelope } from "../../sdk/protocol/index.ts";
import { createAccess } from "../../server/core/access.ts";
import type { Attachment } from "../../server/core/attachment.ts";
import { createAttachments } from "../../server/core/attachments.ts";
import { createDelivery } from "../../server/core/delivery/delivery.ts";
import { createPressure } from "../../server/core/delivery/pressure.ts";
import { createSender } from "../../server/core/delivery/sender.ts";
import { NO_METER } from "../../server/core/ports/meter.ts";
import type { Principal } from "../../server/core/ports/principal.ts";
import { createRooms, focusRoom, projectRoom, sessionRoom } from "../../server/core/rooms.ts";
import type { Commit } from "../../server/store/store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aCaller, aPeer, createRecordingTransport } from "./a-caller.ts";

const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function start() {
  const clock = createManualClock();
  const attachments = createAttachments();
  const rooms = createRooms();
  const transport = createRecordingTransport();
  const pressure = createPressure({ attachments, clock, log, meter: NO_METER, unsentBytes: 1_000 });
  const sender = createSender(log, NO_METER, pressure);
  const access = createAccess(log);
  const delivery = createDelivery({
    rooms,
    attachments,
    access,
    sender,
    clock,
    meter: NO_METER,
    batchMs: 16,
  });
  let seq = 0;

  const connect = (id: string, names: string[], fields: Partial<Attachment> = {}) => {
    const caller = aCaller({ peer: aPeer(id, "/ui", transport), clientId: id, ...fields });
    attachments.add(caller);
    for (const name of names) rooms.join(caller, name);
    return caller.peer as ReturnType<typeof aPeer>;
  };
  const envelope = (event: string, sessionId?: string): Envelope => ({
    type: event,
    event,
    data: { id: "t1", title: "one", createdAt: 1, seq: ++seq, version: seq },
    timestamp: 0,
    projectId: "p1",
    seq,
    epoch: "e1",
    ...(sessionId === undefined ? {} : { sessionId }),
  });
  const tell = (events: Envelope[], more: Partial<Commit> = {}) =>
    delivery.deliver({
      projectId: "p1",
      epoch: "e1",
      seq,
      events: events.map((each) =>
        each.event.endsWith(":updated")
          ? { envelope: each, change: { id: "t1", version: seq, set: { title: "one" } } }
          : { envelope: each },
      ),
      notices: [],
      ...more,
    });
  return { clock, transport, rooms, connect, envelope, tell };
}

const seqsOf = (peer: ReturnType<typeof aPeer>) =>
  peer.sent.map(({ event, payload }) =>
    event === "events"
      ? (payload as { events: Envelope[] }).events.map(({ seq }) => seq)
      : ((payload as Envelope).seq ?? event),
  );

const firstFramed = ({ sent: [first] }: ReturnType<typeof aPeer>) =>
  first === undefined ? undefined : (first.payload as { events: object[] }).events[0];

describe("delivery", () => {
  test("encodes an event once for all who joined", () => {
    const { connect, envelope, tell, transport } = start();
    const peers = Array.from({ length: 50 }, (_, n) => connect(`p${n}`, [projectRoom("p1")]));
    tell([envelope("task:created")]);
    expect(transport.multicasts).toBe(1);
    expect(peers.every(({ sent }) => sent.length === 1)).toBe(true);
  });

  test("gives one copy to a socket in several of an event's rooms", () => {
    const { connect, envelope, tell } = start();
    const both = connect("a", [projectRoom("p1"), sessionRoom("s1")]);
    const session = connect("b", [sessionRoom("s1")]);
    const neither = connect("c", [projectRoom("p2")]);
    tell([
      envelope("session:updated", "s1"),
      envelope("task:session_added", "s1"),
      envelope("notify:needs_input", "s1"),
    ]);
    expect(seqsOf(both)).toEqual([1, 2, 3]);
    expect(seqsOf(session)).toEqual([1, 3]);
    expect(seqsOf(neither)).toEqual([3]);
  });

  test("judges who did not join at each event", () => {
    const { connect, envelope, tell } = start();
    const stranger: Principal = { userId: "u2", local: false, readsAll: false, roleIn: () => undefined };
    const outside = connect("a", [sessionRoom("s1")], { principal: stranger });
    tell([envelope("session:updated", "s1"), envelope("notify:task_failed")]);
    expect(outside.sent).toEqual([]);
  });

  test("sends the first batch at once, then one frame a window, in order, and rests when nothing comes", () => {
    const { connect, envelope, tell, clock, transport } = start();
    const peers = [
      connect("a", [projectRoom("p1")], { batch: true }),
      connect("b", [projectRoom("p1")], { batch: true }),
    ];
    tell([envelope("task:created"), envelope("task:updated")]);
    for (let n = 0; n < 10; n += 1) tell([envelope("task:updated")]);
    clock.advance(15);
    expect(peers.map(seqsOf)).toEqual([[[1, 2]], [[1, 2]]]);
    clock.advance(1);
    tell([envelope("task:updated")]);
    clock.advance(16);
    const frames = [[1, 2], [3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [13]];
    expect(peers.map(seqsOf)).toEqual([frames, frames]);
    expect(transport.multicasts).toBe(3);
    clock.advance(1_000);
    expect(clock.waiting).toBe(0);
  });

  test("shares a frame among events that come evenly, and lets none wait longer than a window", () => {
    const { connect, envelope, tell, clock } = start();
    const peer = connect("a", [projectRoom("p1")], { batch: true });
    const sentAt: number[] = [];
    let now = 0;
    const pass = (ms: number): void => {
      for (const until = now + ms; now < until; ) {
        const before = peer.sent.length;
        clock.advance(1);
        now += 1;
        if (peer.sent.length > before) sentAt.push(now);
      }
    };
    for (let n = 0; n < 6; n += 1) {
      tell([envelope("task:updated")]);
      pass(10);
    }
    pass(16);
    // Made at 0, 10, 20 … 50: the first of those held has waited 16 ms, and a frame follows another by no less.
    expect(seqsOf(peer)).toEqual([[1], [2, 3], [4, 5], [6]]);
    expect(sentAt).toEqual([26, 46, 66]);
    tell([envelope("task:updated")]);
    expect(seqsOf(peer)).toHaveLength(4);
    pass(32);
    tell([envelope("task:updated")]);
    expect(seqsOf(peer).slice(4)).toEqual([[7], [8]]);
  });

  test("carries changes in frames, but whole entities to those who did not join", () => {
    const { connect, envelope, tell } = start();
    const inside = connect("a", [projectRoom("p1")], { batch: true });
    const outside = connect("b", [sessionRoom("s1")], { batch: true });
    tell([envelope("session:updated", "s1")]);
    const [framed, whole] = [inside, outside].map(firstFramed);
    expect(framed).toMatchObject({ seq: 1, change: { set: { title: "one" } } });
    expect(framed).not.toHaveProperty("data");
    expect(whole).toMatchObject({ seq: 1, data: { title: "one" } });
  });

  test("keeps notices behind the events they came with", () => {
    const { connect, envelope, tell, clock } = start();
    const batched = connect("a", [projectRoom("p1")], { batch: true });
    const viewer = connect("b", [focusRoom("p1")]);
    const notices = [{ event: "focus_update", payload: {} }];
    tell([envelope("task:created")]);
    tell([envelope("session:deleted", "s1")], { notices });
    expect(viewer.sent.map(({ event }) => event)).toEqual(["focus_update"]);
    clock.advance(16);
    expect(batched.sent.map(({ event }) => event)).toEqual(["events", "events", "focus_update"]);
  });

  test("tells what waits before a project starts anew", () => {
    const { connect, envelope, tell } = start();
    const [batched, single] = [
      connect("a", [projectRoom("p1")], { batch: true }),
      connect("b", [projectRoom("p1")]),
    ];
    tell([envelope("task:created")]);
    tell([envelope("project:deleted")], { reset: { epoch: "e2", seq: 0 } });
    expect(batched.sent.map(({ event }) => event)).toEqual(["events", "events", "state:reset"]);
    expect(single.sent.at(-1)).toEqual({
      event: "state:reset",
      payload: { projectId: "p1", epoch: "e2", seq: 0 },
    });
  });

  test("disconnects a socket that leaves too much unsent, and looks no longer than something is sent", () => {
    const { connect, envelope, tell, clock } = start();
    const [slow, quick] = [connect("a", [projectRoom("p1")]), connect("b", [projectRoom("p1")])];
    slow.unsent = 1_001;
    quick.unsent = 1_000;
    tell([envelope("task:created")]);
    clock.advance(1_000);
    expect([slow.isClosed, quick.isClosed]).toEqual([true, false]);
    expect(clock.waiting).toBe(0);
  });

  test("a transport that fails harms no other", () => {
    const { connect, envelope, tell } = start();
    const broken = {
      multicast: () => {
        throw new Error("broken");
      },
    };
    connect("a", [projectRoom("p1")], { peer: aPeer("a", "/ui", broken) });
    const fine = connect("b", [projectRoom("p1")]);
    tell([envelope("task:created")]);
    expect(fine.sent).toHaveLength(1);
  });
});
