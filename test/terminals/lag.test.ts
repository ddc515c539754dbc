import { expect, test } from "vitest";
import { createFixture } from "./fixture.ts";

test("a viewer is behind by what it has not acked, an old one by what it was not sent", async () => {
  const { owner, viewer, call, clock, terminals } = createFixture();
  const { say } = await owner();
  const { peer, ack } = await viewer();
  await viewer({}, { isOld: true });
  await say("0123456789");
  clock.advance(100);
  expect(terminals.status().lagBytes).toEqual({ sum: 10, max: 10 });
  await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: 4 });
  expect(terminals.status().lagBytes).toEqual({ sum: 6, max: 6 });
  // What nobody was sent cannot have been parsed.
  await call(peer, "terminal:ack", { sessionId: "s1", epoch: ack.epoch, offset: 4_000 });
  expect(terminals.status().lagBytes).toEqual({ sum: 0, max: 0 });
});

test("a viewer that wants no output now is not behind", async () => {
  const { owner, viewer, clock, terminals } = createFixture();
  const { say } = await owner();
  await viewer({ priority: "auto" });
  await say("0123456789");
  clock.advance(100);
  expect(terminals.status().lagBytes).toEqual({ sum: 0, max: 0 });
  terminals.focusChanged("p1", ["s1"]);
  clock.advance(100);
  expect(terminals.status().lagBytes).toEqual({ sum: 10, max: 10 });
});

test("a viewer of a terminal that begins anew has everything of it before it", async () => {
  const { owner, viewer, clock, terminals } = createFixture();
  const first = await owner();
  await viewer();
  await first.say("x".repeat(5_000));
  terminals.detached(first.peer);
  const second = await owner();
  await second.say("0123456789");
  clock.advance(0);
  expect(terminals.status().lagBytes).toEqual({ sum: 10, max: 10 });
});
