import { describe, expect, it } from "vitest";
import { fakeClient } from "../client/fake-client.ts";
import { issueToken } from "./issue-token.ts";
import { goLive, HOUR, refreshed, signedClient } from "./signed-client.ts";

describe("another user", () => {
  const task = { id: "t1", projectId: "p1", title: "Ada's", version: 1, seq: 1, createdAt: 1, updatedAt: 1 };

  it("in the next token empties the client before anything is sent for them", async () => {
    const fake = signedClient((n, { clock }) => issueToken(clock.now(), HOUR, n === 1 ? "ada" : "bob"));
    void fake.client.connect();
    await fake.settle();
    fake.serve({}, [task]);
    await fake.settle();
    expect(fake.client.tasks.list()).toHaveLength(1);
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    expect(fake.client.tasks.list()).toEqual([]);
    expect(fake.network.transports).toHaveLength(2);
    expect(fake.network.transports[0]!.wire().of("auth:refresh")).toEqual([]);
    const { auth } = fake.network.last.wire();
    expect(auth["token"]).toBe(issueToken(fake.clock.now(), HOUR, "bob"));
    expect(auth["sync"]).not.toHaveProperty("since");
  });

  it("by the server's word on a refresh empties the client and connects anew", async () => {
    const fake = signedClient((n) => `token-${n}`);
    void fake.client.connect();
    await fake.settle();
    fake.serve({ userId: "ada" }, [task]);
    await fake.settle();
    fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
    await fake.settle();
    const pending = fake.client.tasks.update("t1", (draft) => {
      draft.title = "Still Ada's";
    });
    fake.network.last.wire().of("auth:refresh")[0]!.answer!({
      success: false,
      error: "Another subject",
      code: "SUBJECT_CHANGED",
    });
    await expect(pending.acknowledged).rejects.toMatchObject({ code: "SUBJECT_CHANGED" });
    await fake.settle();
    expect(fake.client.tasks.list()).toEqual([]);
    expect(fake.network.transports).toHaveLength(2);
    expect(fake.network.last.wire().auth["sync"]).not.toHaveProperty("since");
    fake.serve({ userId: "bob" });
    await fake.settle();
    expect(fake.status().name).toBe("live");
    expect(fake.network.transports).toHaveLength(2);
  });

  it("by the server's greeting empties the client and connects anew", async () => {
    const fake = fakeClient();
    void fake.client.connect();
    fake.serve({ userId: "ada" }, [task]);
    await fake.settle();
    fake.network.last.wire().end();
    await fake.settle(1_000);
    fake.serve({ userId: "bob" });
    expect(fake.client.tasks.list()).toEqual([]);
    expect(fake.network.transports).toHaveLength(3);
    expect(fake.network.last.wire().auth["sync"]).not.toHaveProperty("since");
  });

  it("is not seen where the server knows the same user by another name than the token", async () => {
    const fake = signedClient((_n, { clock }) => issueToken(clock.now(), 200_000, "ada"));
    void fake.client.connect();
    await fake.settle();
    fake.serve({ userId: "local" }, [task]);
    await fake.settle(141_000);
    refreshed(fake, fake.clock.now() + 200_000);
    await fake.settle();
    expect(fake.requests).toHaveLength(2);
    expect(fake.network.transports).toHaveLength(1);
    expect(fake.client.tasks.list()).toHaveLength(1);
  });
});

describe("setAuth", () => {
  it("while live sends the new token in band", async () => {
    const fake = signedClient((n) => `token-${n}`);
    await goLive(fake);
    fake.client.setAuth({ getToken: () => "other" });
    await fake.settle();
    expect(fake.tokens()).toEqual(["token-1", "other"]);
    expect(fake.network.transports).toHaveLength(1);
  });

  it("while a token is fetched drops that fetch and what it brings", async () => {
    let late = (_token: string): void => {};
    const fake = signedClient(
      () =>
        new Promise((resolve) => {
          late = resolve;
        }),
    );
    void fake.client.connect();
    await fake.settle();
    fake.client.setAuth({ getToken: async () => "other" });
    expect(fake.requests[0]!.signal.aborted).toBe(true);
    late("old");
    await fake.settle();
    expect(fake.tokens()).toEqual(["other"]);
  });

  it("before connect starts nothing", async () => {
    const fake = signedClient(() => "old");
    fake.client.setAuth({ getToken: async () => "other" });
    await fake.settle();
    expect(fake.status().name).toBe("idle");
    await goLive(fake);
    expect(fake.tokens()).toEqual(["other"]);
    expect(fake.requests).toEqual([]);
  });

  it("to nothing connects as nobody", async () => {
    const fake = signedClient(() => "old");
    await goLive(fake);
    fake.client.setAuth(undefined);
    await fake.settle();
    expect(fake.network.transports).toHaveLength(2);
    expect(fake.network.last.wire().auth).not.toHaveProperty("token");
  });
});

it("a revoked project is refused, with the reason", async () => {
  const fake = signedClient(() => "token");
  await goLive(fake);
  fake.network.last.wire().say("access:revoked", { projectId: "another" });
  expect(fake.status().name).toBe("live");
  fake.network.last.wire().say("access:revoked", { projectId: "p1" });
  expect(fake.status()).toMatchObject({ name: "refused", error: { code: "FORBIDDEN" } });
});

it("closing aborts the call to getToken and leaves no timer", async () => {
  const fake = signedClient(() => new Promise(() => {}));
  void fake.client.connect();
  await fake.settle();
  await fake.client.close();
  expect(fake.requests[0]!.signal.aborted).toBe(true);
  expect(fake.clock.waiting).toBe(0);
});

it("no token is in the trace", async () => {
  const fake = signedClient((n) => `secret-${n}`);
  await goLive(fake);
  fake.network.last.wire().say("auth:expiring", { expiresAt: fake.clock.now() + 60_000 });
  await fake.settle();
  expect(JSON.stringify(fake.client.trace.export())).not.toContain("secret");
});
