import { anyNumber, expect, matching } from "../expect.ts";
import type { FactServer, StateFacts } from "../fact.ts";
import type { RawClient } from "../raw-client.ts";
import { createWriter } from "../writer.ts";

export const focus: StateFacts = (fact) => {
  const withSessions = async (server: FactServer) => {
    const client = await server.page();
    const writer = createWriter(client);
    for (let n = 1; n <= 5; n += 1) await writer.create("sessions", `s${n}`, { name: `${n}` });
    return { ...server, client, writer };
  };
  const focus = (client: RawClient, sessionId: string, focused = true, expectedVersion?: number) =>
    client.request("focus:set", {
      projectId: "p1",
      sessionId,
      focused,
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });

  fact("a focused session is told to everyone in the project", async (server) => {
    const { client, page, connect } = await withSessions(server);
    const [other, viewer] = [
      await page(),
      await connect({ namespace: "/terminal", auth: { projectId: "p1" } }),
    ];
    const ack = await focus(client, "s1");
    const state = {
      projectId: "p1",
      focusedSessions: ["s1"],
      totalFocused: 1,
      maxFocused: 4,
      version: 1,
      epoch: ack["epoch"],
    };
    expect(ack).toEqual({ success: true, ...state });
    for (const hearer of [client, other, viewer]) {
      expect(await hearer.next("focus_update")).toEqual({
        type: "focus_update",
        sessionId: "s1",
        focused: true,
        ...state,
        timestamp: anyNumber,
      });
    }
    expect(await viewer.request("focus:sync", { projectId: "p1" })).toEqual({ success: true, ...state });
  });

  fact("the fifth evicts the least recently active in the same version", async (server) => {
    const { client } = await withSessions(server);
    for (const id of ["s1", "s2", "s3", "s4"]) await focus(client, id);
    await focus(client, "s1");
    const ack = await focus(client, "s5");
    expect(ack).toMatchObject({
      version: 5,
      totalFocused: 4,
      evicted: [matching(/^s[234]$/)],
    });
    expect(ack["focusedSessions"]).toContain("s1");
  });

  fact("a set that changes nothing keeps the version and tells nobody", async (server) => {
    const { client } = await withSessions(server);
    await focus(client, "s1");
    expect(await focus(client, "s1")).toMatchObject({ success: true, version: 1, focusedSessions: ["s1"] });
    expect(await focus(client, "s2", false)).toMatchObject({ success: true, version: 1 });
    await focus(client, "s1", false);
    await client.next("focus_update");
    expect(await client.next("focus_update")).toMatchObject({
      version: 2,
      focused: false,
      focusedSessions: [],
    });
  });

  fact("expectedVersion guards the session named, not the list", async (server) => {
    const { client } = await withSessions(server);
    for (const id of ["s1", "s2", "s3", "s4"]) {
      expect(await focus(client, id, true, 0)).toMatchObject({ success: true });
    }
    expect(await focus(client, "s1", false, 0)).toMatchObject({
      code: "CONFLICT",
      details: { version: 4, focusedSessions: ["s1", "s2", "s3", "s4"] },
    });
    expect(await focus(client, "s1", false, 1)).toMatchObject({ success: true, version: 5 });
    expect(await focus(client, "s2", false, 99)).toMatchObject({ code: "CONFLICT" });
    // Stale comes before "changes nothing".
    expect(await focus(client, "s1", false, 4)).toMatchObject({ code: "CONFLICT" });
  });

  fact("an unknown session is not found, a deleted one loses focus", async (server) => {
    const { client, writer } = await withSessions(server);
    expect(await focus(client, "none")).toMatchObject({ code: "NOT_FOUND" });
    await focus(client, "s1");
    await focus(client, "s2");
    await writer.remove("sessions", "s1");
    for (let n = 0; n < 2; n += 1) await client.next("focus_update");
    expect(await client.next("focus_update")).toMatchObject({
      sessionId: "s1",
      focused: false,
      version: 3,
      focusedSessions: ["s2"],
    });
    expect(await client.request("state:sync", {})).toMatchObject({
      focus: { version: 3, focusedSessions: ["s2"] },
    });
  });
};
