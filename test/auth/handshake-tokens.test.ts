import { describe, expect, it } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { type FakeClient, fakeClient } from "../client/fake-client.ts";
import { issueToken } from "./issue-token.ts";
import { goLive, HOUR, reasons, refreshed, signedClient } from "./signed-client.ts";

describe("the first connection", () => {
  it("carries the token of one call to getToken", async () => {
    const fake = signedClient((n, { clock }) => issueToken(clock.now() + n, HOUR));
    void fake.client.connect();
    void fake.client.connect();
    await fake.settle();
    expect(fake.tokens()).toEqual([issueToken(fake.clock.now() + 1, HOUR)]);
    expect(reasons(fake)).toEqual(["connect"]);
  });

  it("is tried as nobody's when there is no token", async () => {
    const fake = signedClient(() => null);
    await goLive(fake);
    expect(fake.tokens()).toEqual([]);
  });

  it("waits out a getToken that rejects, and says why", async () => {
    const cause = new Error("signed out");
    const fake = signedClient((n) => {
      if (n < 3) throw cause;
      return "opaque";
    });
    void fake.client.connect();
    await fake.settle();
    expect(fake.status()).toMatchObject({
      name: "waiting",
      attempt: 2,
      error: { code: "UNAVAILABLE", cause },
    });
    expect(fake.network.transports).toEqual([]);
    await fake.settle(3_000);
    expect(fake.tokens()).toEqual(["opaque"]);
  });

  it("waits out a getToken that throws before it returns a promise", async () => {
    let isReady = false;
    const fake = fakeClient({
      auth: {
        getToken() {
          if (!isReady) throw new HoldfastError("UNAVAILABLE", "not ready");
          return "opaque";
        },
      },
    });
    void fake.client.connect();
    await fake.settle();
    expect(fake.status()).toMatchObject({ name: "waiting", error: { message: "not ready" } });
    isReady = true;
    await fake.settle(2_000);
    expect(fake.tokens()).toEqual(["opaque"]);
  });

  it("gives a hung getToken 15 s, aborts it, and does not use what it brings later", async () => {
    let late = (_token: string): void => {};
    const fake = signedClient((n) =>
      n === 1
        ? new Promise((resolve) => {
            late = resolve;
          })
        : "second",
    );
    void fake.client.connect();
    await fake.settle(14_000);
    expect(fake.requests[0]!.signal.aborted).toBe(false);
    await fake.settle(1_000);
    expect(fake.requests[0]!.signal.aborted).toBe(true);
    expect(fake.status()).toMatchObject({ name: "waiting", error: { code: "TIMEOUT" } });
    late("first");
    await fake.settle(2_000);
    expect(fake.tokens()).toEqual(["second"]);
  });

  it("waits for a getToken that is slow, however short its patience with the network", async () => {
    const fake = signedClient(async (_n, { clock }) => {
      await new Promise<void>((resolve) => void clock.schedule(14_000, resolve));
      return "slow";
    });
    void fake.client.connect();
    await fake.settle(13_000);
    expect(fake.status()).toMatchObject({ name: "connecting", attempt: 1 });
    await fake.settle(1_000);
    expect(fake.tokens()).toEqual(["slow"]);
    fake.serve();
    await fake.settle();
    expect(fake.status().name).toBe("live");
    expect(fake.requests).toHaveLength(1);
  });

  it("never carries a token that expired on its way here", async () => {
    const fake = signedClient(async (n, { clock, settle }) => {
      const token = issueToken(clock.now(), 2_000);
      if (n === 1) await settle(5_000);
      return token;
    });
    void fake.client.connect();
    await fake.settle(8_000);
    expect(fake.tokens()).toHaveLength(1);
    expect(fake.tokens()).not.toContain(issueToken(1_000_000_000_000, 2_000));
  });
});

describe("a retry", () => {
  it("carries the same token while it is good, without asking for another", async () => {
    const fake = signedClient((_n, { clock }) => issueToken(clock.now(), HOUR));
    await goLive(fake);
    fake.network.last.wire().end();
    await fake.settle(2_000);
    expect(fake.tokens()).toHaveLength(2);
    expect(new Set(fake.tokens()).size).toBe(1);
    expect(fake.requests).toHaveLength(1);
  });

  it("after a sleep past expiry never carries the old token", async () => {
    const fake = signedClient((_n, { clock }) => issueToken(clock.now(), 600_000));
    await goLive(fake);
    const [old] = fake.tokens();
    fake.network.last.wire().end();
    fake.sleep(HOUR);
    await fake.settle(2_000);
    expect(fake.tokens()).toHaveLength(2);
    expect(fake.tokens().filter((token) => token === old)).toHaveLength(1);
    expect(reasons(fake)).toEqual(["connect", "expiring"]);
  });

  it("does not send an expired token a second time however often it is given", async () => {
    const first = issueToken(1_000_000_000_000, 10_000);
    const fake = signedClient((n, { clock }) => (n < 5 ? first : issueToken(clock.now(), HOUR)));
    await goLive(fake);
    fake.network.last.wire().end();
    fake.sleep(20_000);
    await fake.settle(15_000);
    expect(fake.tokens().filter((token) => token === first)).toHaveLength(1);
    expect(fake.tokens()).toHaveLength(2);
    expect(fake.status().name).toBe("connecting");
  });
});

describe("a refused token", () => {
  const refuse = (fake: FakeClient, code: string): void =>
    fake.network.last.wire().end({ kind: "rejected", message: "Invalid authentication token", code });

  it("is replaced at once, and the good one connects", async () => {
    const fake = signedClient((n) => `token-${n}`);
    void fake.client.connect();
    await fake.settle();
    refuse(fake, "UNAUTHENTICATED");
    await fake.settle();
    expect(fake.tokens()).toEqual(["token-1", "token-2"]);
    expect(reasons(fake)).toEqual(["connect", "rejected"]);
    fake.serve();
    await fake.settle();
    expect(fake.status().name).toBe("live");
  });

  it("of four in a row needs the application, and a new auth mends it", async () => {
    const fake = signedClient((n) => `bad-${n}`);
    const connected = fake.client.connect();
    for (let n = 0; n < 4; n++) {
      await fake.settle(3_000);
      refuse(fake, "UNAUTHENTICATED");
    }
    await expect(connected).rejects.toMatchObject({ code: "UNAUTHENTICATED", retry: "after-auth" });
    expect(fake.status()).toMatchObject({ name: "refused", error: { code: "UNAUTHENTICATED" } });
    await fake.settle(HOUR);
    expect(fake.tokens()).toHaveLength(4);
    fake.client.setAuth({ getToken: async () => "good" });
    await fake.settle();
    expect(fake.tokens().at(-1)).toBe("good");
  });

  it("that the server calls expired is not sent again, though its own clock would have it", async () => {
    const same = issueToken(1_000_000_000_000, HOUR);
    const fake = signedClient((n) => (n < 4 ? same : `${same}x`));
    void fake.client.connect();
    await fake.settle();
    refuse(fake, "TOKEN_EXPIRED");
    await fake.settle(10_000);
    expect(fake.tokens()).toEqual([same, `${same}x`]);
  });

  it("without auth is refused at once", async () => {
    const fake = fakeClient();
    const connected = fake.client.connect();
    fake.network.last
      .wire()
      .end({ kind: "rejected", message: "Authentication required", code: "UNAUTHENTICATED" });
    await expect(connected).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("expiry", () => {
  it("told by the server brings a new token and a new socket", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    fake.network.last.wire().say("auth:expired", {});
    fake.network.last.wire().end({ kind: "kicked" });
    await fake.settle(1_000);
    expect(fake.tokens()).toEqual(["token-1", "token-2"]);
    expect(reasons(fake)).toEqual(["connect", "rejected"]);
    fake.serve();
    await fake.settle();
    expect(fake.status().name).toBe("live");
  });
});

describe("a wrong clock", () => {
  it.each([
    ["behind", -HOUR],
    ["ahead", HOUR],
  ])("%s by an hour neither keeps the client out nor revives a token", async (_name, aheadMs) => {
    const LIFE = 600_000;
    const fake = signedClient((_n, { clock }) => issueToken(clock.now() - aheadMs, LIFE));
    void fake.client.connect();
    await fake.settle(4_000);
    expect(fake.tokens()).toHaveLength(1);
    const serverNow = (): number => fake.clock.now() - aheadMs;
    fake.serve({ serverTime: serverNow(), tokenExpiresAt: serverNow() + LIFE - 10_000 });
    await fake.settle(LIFE - 60_000);
    // Renewed in time by the server's clock.
    expect(fake.tokens()).toHaveLength(2);
    refreshed(fake, serverNow() + LIFE);
    await fake.settle();
    fake.network.last.wire().end();
    fake.sleep(2 * LIFE);
    await fake.settle(3_000);
    expect(new Set(fake.tokens()).size).toBe(3);
  });

  it("of the old token while a new one is on its way leaves the new one good", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    fake.network.last.wire().say("auth:expired", {});
    fake.network.last.wire().end({ kind: "kicked" });
    await fake.settle(1_000);
    expect(fake.network.last.wire().auth["token"]).toBe("token-2");
    expect(fake.requests).toHaveLength(2);
  });
});
