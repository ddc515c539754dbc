import { anyNumber, expect } from "../expect.ts";
import type { FactServer, StateFacts } from "../fact.ts";
import { textAt } from "../read.ts";
import { createWriter } from "../writer.ts";

export const agents: StateFacts = (fact) => {
  const withAgent = async (server: FactServer) => {
    const page = await server.page();
    const writer = createWriter(page);
    await writer.create("sessions", "s1", { name: "one", status: "working" });
    const connectAgent = (auth: object = { sessionId: "s1" }) =>
      server.connect({ namespace: "/cli", auth: { projectId: "p1", protocol: 1, ...auth } });
    return { ...server, page, writer, connectAgent, agent: await connectAgent() };
  };

  fact("a heartbeat updates the session only when it says something new", async (server) => {
    const { agent, page } = await withAgent(server);
    const beat = (status: string) => agent.request("heartbeat", { status, taskId: "t1" });
    expect(await beat("up")).toEqual({ success: true, serverTime: anyNumber });
    await beat("up");
    await beat("down");
    expect(await page.next("session:updated")).toMatchObject({
      data: { agentStatus: "up", taskId: "t1", version: 2 },
    });
    expect(await page.next("session:updated")).toMatchObject({ data: { agentStatus: "down", version: 3 } });
  });

  fact("an agent of an unknown session comes in, and its reports are not found", async (server) => {
    const { connectAgent } = await withAgent(server);
    const agent = await connectAgent({ sessionId: "none" });
    expect(await agent.request("heartbeat", { status: "up" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await agent.request("session:report", { type: "progress", message: "x" })).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  fact("reports become states, notifications and modals", async (server) => {
    const { agent, page } = await withAgent(server);
    const report = (payload: object) => agent.request("session:report", payload);
    await report({ type: "progress", message: "half" });
    expect(await page.next("notify:progress")).toMatchObject({
      data: { sessionId: "s1", message: "half" },
    });
    await report({ type: "needs_input", message: "well?" });
    expect(await page.next("session:updated")).toMatchObject({
      data: { status: "needs_input", needsInput: { active: true, message: "well?" } },
    });
    expect(await page.next("notify:needs_input")).toMatchObject({
      data: { sessionId: "s1", message: "well?" },
    });
    await report({ type: "modal", modalId: "m1", title: "Sure?" });
    expect(await page.next("session:modal")).toMatchObject({
      data: { sessionId: "s1", modalId: "m1", title: "Sure?" },
    });
    expect(await page.next("session:updated")).toMatchObject({
      data: { modals: [{ modalId: "m1", title: "Sure?" }] },
    });
    expect(
      await page.request("session:modal_action", { sessionId: "s1", modalId: "m1", action: "yes" }),
    ).toMatchObject({ success: true });
    expect(await agent.next("session:modal_action")).toMatchObject({
      data: { modalId: "m1", action: "yes" },
    });
    await report({ type: "modal_closed", modalId: "m1" });
    expect(await page.next("session:modal_closed")).toMatchObject({
      data: { sessionId: "s1", modalId: "m1" },
    });
    expect(await report({ type: "modal" })).toMatchObject({
      code: "BAD_REQUEST",
      details: { issues: [{ path: ["modalId"] }] },
    });
    await report({ type: "failed", reason: "no luck" });
    expect(await page.next("notify:session_failed")).toMatchObject({
      data: { sessionId: "s1", name: "one", reason: "no luck" },
    });
  });

  fact(
    "a ninth modal drops the oldest and says so",
    { setup: { limits: { modalsPerSession: 2 } } },
    async (server) => {
      const { agent, page } = await withAgent(server);
      for (const modalId of ["m1", "m2", "m3"])
        await agent.request("session:report", { type: "modal", modalId });
      expect(await page.next("session:modal_closed")).toMatchObject({ data: { modalId: "m1" } });
      for (let n = 0; n < 2; n += 1) await page.next("session:updated");
      expect(await page.next("session:updated")).toMatchObject({
        data: { modals: [{ modalId: "m2" }, { modalId: "m3" }] },
      });
    },
  );

  fact("an answer clears the question and sets the session working", async (server) => {
    const { agent, page } = await withAgent(server);
    await agent.request("session:report", { type: "needs_input", message: "well?" });
    const ack = await page.request("session:reply-input", {
      sessionId: "s1",
      input: "yes",
      mutationId: "c7:1",
    });
    expect(ack).toMatchObject({
      success: true,
      session: { status: "working", needsInput: { active: false } },
    });
    expect(
      await page.request("session:reply-input", { sessionId: "s1", input: "yes", mutationId: "c7:1" }),
    ).toEqual({
      ...ack,
      replayed: true,
    });
  });

  fact("mail reaches the session it is for", { needs: ["local"] }, async (server) => {
    const { agent, page } = await withAgent(server);
    const ack = await page.request("mail:send", { toSessionId: "s1", subject: "go", body: "on" });
    expect(ack).toMatchObject({
      success: true,
      mail: { fromSessionId: "ui:local", toSessionId: "s1", type: "directive", subject: "go", body: "on" },
    });
    expect(await agent.next("mail:received")).toMatchObject({ data: ack["mail"], sessionId: "s1" });
  });

  fact(
    "an agent whose connection broke has its grace; then the session failed, once",
    { setup: { limits: { agentGraceMs: 60 } }, needs: ["cut"] },
    async (server) => {
      const { agent, page } = await withAgent(server);
      agent.cut();
      expect(await page.next("notify:session_failed")).toMatchObject({
        data: { sessionId: "s1", name: "one", reason: "agent_disconnected" },
      });
    },
  );

  fact(
    "an agent that comes back in time, or says goodbye, is not lost",
    { setup: { limits: { agentGraceMs: 60 } }, needs: ["cut"] },
    async (server) => {
      const { agent, page, connectAgent, writer } = await withAgent(server);
      await writer.create("sessions", "s2", { name: "two", status: "working" });
      await writer.create("sessions", "s3", { name: "three", status: "working" });
      const [polite, lost] = [
        await connectAgent({ sessionId: "s2" }),
        await connectAgent({ sessionId: "s3" }),
      ];
      polite.close();
      agent.cut();
      await connectAgent();
      lost.cut();
      expect(await page.next("notify:session_failed")).toMatchObject({ data: { sessionId: "s3" } });
      const { sessions } = await page.request("state:sync");
      expect(sessions).toMatchObject([{ status: "working" }, { status: "working" }, { status: "failed" }]);
    },
  );

  fact("a spawn is taken by exactly one spawner", async (server) => {
    const { page, connectAgent } = await withAgent(server);
    const [a, b] = [
      await connectAgent({ agentId: "a", sessionId: undefined }),
      await connectAgent({ agentId: "b", sessionId: undefined }),
    ];
    const ack = await page.request("session:spawn", { name: "new", command: "shell", colour: "red" });
    const id = textAt(ack, "session", "id");
    expect(ack).toMatchObject({
      session: { status: "spawning", name: "new", command: "shell", colour: "red" },
    });
    expect(await a.next("session:spawn")).toMatchObject({ data: { id, status: "spawning" } });
    const taken = await Promise.all([a, b].map((agent) => agent.request("session:take", { sessionId: id })));
    expect(taken.map(({ success }) => success).sort()).toEqual([false, true]);
    expect(taken.find(({ success }) => success === false)).toMatchObject({ code: "CONFLICT" });
    expect(await a.request("session:take", { sessionId: "none" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await a.request("session:take", { sessionId: "s1" })).toMatchObject({ code: "CONFLICT" });
  });

  fact(
    "a taken spawn that brings no terminal in time has failed",
    { setup: { limits: { spawnMs: 30 } } },
    async (server) => {
      const { page, connectAgent } = await withAgent(server);
      const spawner = await connectAgent({ agentId: "a", sessionId: undefined });
      const spawned = await page.request("session:spawn", { name: "new" });
      await spawner.request("session:take", { sessionId: textAt(spawned, "session", "id") });
      expect(await page.next("notify:session_failed")).toMatchObject({ data: { reason: "spawn_timeout" } });
    },
  );

  fact("a spawned session that brings its terminal works", async (server) => {
    const { page, connectAgent } = await withAgent(server);
    const spawner = await connectAgent({ agentId: "a", sessionId: undefined });
    const spawned = await page.request("session:spawn", { name: "new" });
    const sessionId = textAt(spawned, "session", "id");
    await spawner.request("session:take", { sessionId });
    expect(await spawner.request("terminal:register", { sessionId, ptyId: "1" })).toMatchObject({
      success: true,
    });
    expect(await page.next("session:updated")).toMatchObject({
      data: { id: sessionId, status: "working" },
    });
  });
};
