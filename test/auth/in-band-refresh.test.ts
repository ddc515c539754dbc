import { describe, expect, it } from "vitest";
import { issueToken } from "./issue-token.ts";
import { goLive, HOUR, reasons, refreshed, signedClient } from "./signed-client.ts";

describe("refresh in band", () => {
  it("answers auth:expiring with another token, on the same socket, and nothing else is sent", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    const { sent } = fake.network.last.wire();
    const before = sent.length;
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    expect(sent.slice(before).map(({ event, payload }) => [event, payload])).toEqual([
      ["auth:refresh", { token: "token-2" }],
    ]);
    refreshed(fake, fake.clock.now() + HOUR);
    await fake.settle();
    expect(reasons(fake)).toEqual(["connect", "expiring"]);
    expect(fake.network.transports).toHaveLength(1);
    expect(fake.status().name).toBe("live");
  });

  it("comes by an own timer when the server warns of nothing", async () => {
    const fake = signedClient((_n, { clock }) => issueToken(clock.now(), HOUR));
    await goLive(fake);
    await fake.settle(HOUR - 61_000);
    expect(fake.tokens()).toHaveLength(1);
    await fake.settle(2_000);
    expect(fake.tokens()).toHaveLength(2);
    expect(fake.network.transports).toHaveLength(1);
  });

  it("keeps a page with 60 s tokens connected for three days, with two or three fetches a minute at most", async () => {
    const fake = signedClient((_n, { clock }) => issueToken(clock.now(), 60_000));
    await goLive(fake);
    const wire = fake.network.last.wire();
    const DAYS = 3 * 24 * HOUR;
    let answered = 0;
    for (let elapsed = 0; elapsed < DAYS; elapsed += 10_000) {
      await fake.settle(10_000);
      for (const sent of wire.of("auth:refresh").slice(answered)) {
        answered += 1;
        const expiresAt = fake.clock.now() + 60_000;
        sent.answer!({ success: true, expiresAt });
        // A server whose tokens live for a minute warns at once.
        wire.say("auth:expiring", { expiresAt });
      }
    }
    expect(fake.network.transports).toHaveLength(1);
    expect(fake.status().name).toBe("live");
    expect(fake.requests.length).toBeGreaterThan(DAYS / 60_000);
    expect(fake.requests.length).toBeLessThan((3 * DAYS) / 60_000);
  });

  it("is fetched once for all who ask meanwhile: the server, a timer, the application and the next handshake", async () => {
    let give = (_token: string): void => {};
    const fake = signedClient((n) =>
      n === 1
        ? "first"
        : new Promise((resolve) => {
            give = resolve;
          }),
    );
    await goLive(fake);
    const wire = fake.network.last.wire();
    const expiresAt = fake.clock.now() + 3_000;
    wire.say("auth:expiring", { expiresAt });
    wire.say("auth:expiring", { expiresAt });
    await fake.settle();
    wire.say("auth:expired", {});
    wire.end({ kind: "kicked" });
    await fake.settle(1_000);
    void fake.client.reconnect();
    await fake.settle();
    expect(fake.requests).toHaveLength(2);
    give("second");
    await fake.settle();
    expect(fake.tokens()).toEqual(["first", "second"]);
    expect(fake.requests).toHaveLength(2);
  });

  it("is tried again with backoff while getToken rejects, and reports it", async () => {
    const fake = signedClient((n, { clock }) => {
      if (n > 1 && n < 4) throw new Error("down");
      return issueToken(clock.now(), 200_000);
    });
    await goLive(fake);
    await fake.settle(145_000);
    expect(fake.errors).toHaveLength(2);
    expect(fake.tokens()).toHaveLength(2);
    expect(fake.network.transports).toHaveLength(1);
  });

  it("does not fetch without a pause when getToken gives the same token again", async () => {
    const same = issueToken(1_000_000_000_000, 130_000);
    const fake = signedClient(() => same);
    await goLive(fake);
    await fake.settle(120_000);
    expect(fake.requests.length).toBeGreaterThan(2);
    expect(fake.requests.length).toBeLessThan(20);
    expect(fake.tokens()).toEqual([same]);
  });

  it("fetches another token when the server refuses the new one", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    const wire = fake.network.last.wire();
    wire.of("auth:refresh")[0]!.answer!({ success: false, error: "Expired", code: "TOKEN_EXPIRED" });
    await fake.settle(2_000);
    expect(wire.of("auth:refresh").map(({ payload }) => payload)).toEqual([
      { token: "token-2" },
      { token: "token-3" },
    ]);
    expect(reasons(fake)).toEqual(["connect", "expiring", "rejected"]);
  });

  it("under way when the link breaks is left to the next handshake", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    fake.network.last.wire().end();
    await fake.settle(2_000);
    expect(fake.tokens()).toEqual(["token-1", "token-2", "token-2"]);
    fake.serve();
    await fake.settle();
    expect(fake.status().name).toBe("live");
    expect(fake.errors).toEqual([]);
  });

  it("is what every later namespace is joined with", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    refreshed(fake, fake.clock.now() + HOUR);
    await fake.settle();
    const internals = fake.client[Symbol.for("holdfast.internals") as never] as unknown as {
      link(namespace: string): unknown;
    };
    internals.link("/terminal");
    expect(fake.network.last.wire("/terminal").auth).toMatchObject({ token: "token-2" });
  });
});
