import fc from "fast-check";
import { expect, it } from "vitest";
import { connectFake, type FakeConnection } from "./connect-fake.ts";

const seed = process.env["SEED"] === undefined ? Date.now() % 2 ** 31 : Number(process.env["SEED"]);

type Act = (fake: FakeConnection) => void;

/** The newest wire of the main namespace, if there is one that can still speak. */
const wire = ({ network }: FakeConnection) =>
  network.transports.at(-1)?.wires.findLast((one) => one.namespace === "/ui");

/** A wire of a transport that was replaced, which still speaks when the network lets the dead. */
const oldWire = ({ network }: FakeConnection) => network.transports.at(-2)?.wires.at(-1);

const ACTS: Readonly<Record<string, Act>> = {
  connect: ({ connection }) => connection.connect(),
  restart: ({ connection }) => connection.restart("reconnect"),
  greet: (fake) => wire(fake)?.greet(),
  sync: ({ connection }) => connection.synced(),
  lose: (fake) => wire(fake)?.end(),
  kick: (fake) => wire(fake)?.end({ kind: "kicked" }),
  limit: (fake) =>
    wire(fake)?.end({ kind: "rejected", message: "No", code: "RATE_LIMITED", retryAfterMs: 700 }),
  forbid: (fake) => wire(fake)?.end({ kind: "rejected", message: "No", code: "FORBIDDEN" }),
  loseOld: (fake) => oldWire(fake)?.end(),
  forbidOld: (fake) => oldWire(fake)?.end({ kind: "rejected", message: "No", code: "FORBIDDEN" }),
  greetOld: (fake) => oldWire(fake)?.greet(),
  shutdownOld: (fake) => oldWire(fake)?.say("server:shutdown", { timestamp: 0, reconnectAfterMs: 900 }),
  shutdown: (fake) => wire(fake)?.say("server:shutdown", { timestamp: 0, reconnectAfterMs: 900 }),
  terminal: ({ connection }) => void connection.link("/terminal"),
  loseTerminal: ({ network }) => network.transports.at(-1)?.wires.at(-1)?.end(),
  ask: ({ link }) => void link.request("focus:sync", {}),
  answer: (fake) => wire(fake)?.sent.at(-1)?.answer?.({ success: true }),
  wait: ({ clock }) => clock.advance(300),
  waitLong: ({ clock }) => clock.advance(25_000),
  close: ({ connection }) => connection.close(),
};
const names = Object.keys(ACTS).filter((name) => name !== "close");

/** True after any act whatever. */
function check({ network, connection, clock, link }: FakeConnection): void {
  const open = network.transports.filter(({ isClosed }) => !isClosed);
  const { name } = connection.status.getSnapshot();
  const isOpening = name === "connecting" || name === "syncing" || name === "live";
  expect(open.length, `transports open while ${name}`).toBe(isOpening ? 1 : 0);
  expect(link.up !== undefined, `link up while ${name}`).toBe(name === "syncing" || name === "live");
  // A tick, and one of: the attempt's end, the retry, steadiness; a rejoin and the requests beside them.
  expect(clock.waiting).toBeLessThan(3 + 2 + 50);
  if (name === "closed" || name === "idle") expect(clock.waiting).toBe(0);
}

it(`keeps one transport at most and its promises, whatever happens (SEED=${seed})`, () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...names), { maxLength: 50 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      fc.boolean(),
      (acts, chances, hasGrave, endsEarly) => {
        let draws = 0;
        const fake = connectFake({ random: () => chances[draws++ % chances.length] ?? 0 });
        fake.network.speakFromTheGrave = hasGrave;
        for (const name of acts) {
          const before = fake.connection.status.getSnapshot();
          ACTS[name]?.(fake);
          check(fake);
          // What belongs to a socket that was replaced changes nothing.
          if (name.endsWith("Old")) expect(fake.connection.status.getSnapshot()).toBe(before);
        }
        if (endsEarly) {
          fake.connection.close();
          check(fake);
          return;
        }
        // A server that answers from now on gets every client live, wherever it was.
        fake.connection.connect();
        for (let n = 0; n < 10 && fake.connection.status.getSnapshot().name !== "live"; n++) {
          fake.clock.advance(20_000);
          wire(fake)?.greet();
          fake.connection.synced();
        }
        expect(fake.connection.status.getSnapshot().name).toBe("live");
        fake.connection.close();
        check(fake);
      },
    ),
    { seed, numRuns: 500 },
  );
});
