import { describe, expect, it, vi } from "vitest";
import { fakeClient } from "./fake-client.ts";
import { task } from "./wire-data.ts";

describe("connect", () => {
  it("resolves when live, for every caller", async () => {
    const { client, serve } = fakeClient();
    const all = [client.connect(), client.connect(), client.whenLive()];
    serve();
    await Promise.all(all);
    await client.connect();
    expect(client.status.getSnapshot().name).toBe("live");
  });

  it("keeps trying, and resolves in the end", async () => {
    const { client, network, settle, serve } = fakeClient();
    const connected = client.connect();
    for (let n = 0; n < 5; n++) {
      network.last.wire().end();
      await settle(11_000);
    }
    expect(network.transports).toHaveLength(6);
    serve();
    await connected;
  });

  it("rejects with the error it was refused with", async () => {
    const { client, network } = fakeClient();
    const connected = client.connect();
    network.last.wire().end({ kind: "rejected", message: "Forbidden", code: "FORBIDDEN" });
    await expect(connected).rejects.toMatchObject({ code: "FORBIDDEN", message: "Forbidden" });
    const again = client.connect();
    network.last.wire().end({ kind: "rejected", message: "Bad", code: "BAD_REQUEST" });
    await expect(again).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  it("rejects with CLOSED when closed, and a closed client stays closed", async () => {
    const { client, network } = fakeClient();
    const connected = client.connect();
    await client.close();
    await client.close();
    await expect(connected).rejects.toMatchObject({ code: "CLOSED" });
    await expect(client.connect()).rejects.toMatchObject({ code: "CLOSED" });
    await expect(client.reconnect()).rejects.toMatchObject({ code: "CLOSED" });
    expect(network.transports).toHaveLength(1);
  });

  it("left alone is never an unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { client, network, settle } = fakeClient();
    void client.connect();
    void client.whenLive();
    void client.reconnect();
    network.last.wire().end({ kind: "rejected", message: "Forbidden", code: "FORBIDDEN" });
    await settle();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("whenLive", () => {
  it("rejects with the reason of its signal, and listens no more", async () => {
    const { client } = fakeClient();
    const controller = new AbortController();
    const live = client.whenLive({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(live).rejects.toThrow("enough");
    await expect(client.whenLive({ signal: controller.signal })).rejects.toThrow("enough");
  });
});

describe("reconnect", () => {
  it("replaces the socket at once, and keeps what the client knows", async () => {
    const fake = fakeClient();
    void fake.client.connect();
    fake.serve({}, [task("t1", "one", 1)]);
    await fake.settle();
    const live = fake.client.reconnect();
    expect(fake.network.transports[0]!.isClosed).toBe(true);
    expect(fake.network.last.wire().auth["sync"]).toEqual({
      since: { epoch: "e1", seq: 1 },
      limit: 2_000,
      packed: true,
    });
    expect(fake.client.tasks.list()).toHaveLength(1);
    fake.serve();
    await live;
  });

  it("of a client that was never connected connects it", () => {
    const { client, network } = fakeClient();
    void client.reconnect();
    expect(network.transports).toHaveLength(1);
  });
});
