import { describe, expect, test } from "vitest";
import type { OpenServer } from "../server-under-test.ts";
import { anyNumber } from "./matchers.ts";
import { createWriter, withServer } from "./with-server.ts";

export function describeAgents(name: string, open: OpenServer): void {
  describe(`agents over ${name}`, () => {
    const start = withServer(open);

    const withAgent = async (options = {}) => {
      const server = await start(options);
      const page = await server.page();
      const writer = createWriter(page);
      await writer.create("sessions", "s1", { name: "one", status: "working" });
      const connectAgent = (auth: object = { sessionId: "s1" }) =>
        server.connect({ namespace: "/cli", auth: { projectId: "p1", protocol: 1, ...auth } });
      return { ...server, page, writer, connectAgent, agent: await connectAgent() };
    };

    test("a heartbeat updates the session only when it says something new", async () => {
      const { agent, page } = await withAgent();
      const beat = (status: string) => agent.request("heartbeat", { status, taskId: "t1" });
      expect(await beat("up")).toEqual({ success: true, serverTime: anyNumber });
      await beat("up");
      await beat("down");
      expect(await page.next("session:updated")).toMatchObject({
        data: { agentStatus: "up", taskId: "t1", version: 2 },
      });
      expect(await page.next("session:updated")).toMatchObject({ data: { agentStatus: "down", version: 3 } });
    });

    test("an agent of an unknown session comes in, and its reports are not found", async () => {
      const { connectAgent } = await withAgent();
      const agent = await connectAgent({ sessionId: "none" });
      expect(await agent.request("heartbeat", { status: "up" })).toMatchObject({ code: "NOT_FOUND" });
      expect(await agent.request("session:report", { type: "progress", message: "x" })).toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("reports become states, notifications and modals", async () => {
      const { agent, page } = await withAgent();
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

    test("a ninth modal drops the oldest and says so", async () => {
      const { agent, page } = await withAgent({ limits: { modalsPerSession: 2 } });
      for (const modalId of ["m1", "m2", "m3"])
        await agent.request("session:report", { type: "modal", modalId });
      expect(await page.next("session:modal_closed")).toMatchObject({ data: { modalId: "m1" } });
      for (let n = 0; n < 2; n += 1) await page.next("session:updated");
      expect(await page.next("session:updated")).toMatchObject({
        data: { modals: [{ modalId: "m2" }, { modalId: "m3" }] },
      });
    });

    test("an answer clears the question and sets the session working", async () => {
      const { agent, page } = await withAgent();
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

    test("mail reaches the session it is for", async () => {
      const { agent, page } = await withAgent();
      const ack = await page.request("mail:send", { toSessionId: "s1", subject: "go", body: "on" });
      expect(ack).toMatchObject({
        success: true,
        mail: { fromSessionId: "ui:local", toSessionId: "s1", type: "directive", subject: "go", body: "on" },
      });
      expect(await agent.next("mail:received")).toMatchObject({ data: ack["mail"], sessionId: "s1" });
    });

    test("an agent whose connection broke has its grace; then the session failed, once", async () => {
      const { agent, page } = await withAgent({ limits: { agentGraceMs: 60 } });
      agent.cut();
      expect(await page.next("notify:session_failed")).toMatchObject({
        data: { sessionId: "s1", name: "one", reason: "agent_disconnected" },
      });
    });

    test("an agent that comes back in time, or says goodbye, is not lost", async () => {
      const { agent, page, connectAgent, writer } = await withAgent({ limits: { agentGraceMs: 60 } });
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
    });

    test("a spawn is taken by exactly one spawner", async () => {
      const { page, connectAgent } = await withAgent();
      const [a, b] = [
        await connectAgent({ agentId: "a", sessionId: undefined }),
        await connectAgent({ agentId: "b", sessionId: undefined }),
      ];
      const ack = await page.request("session:spawn", { name: "new", command: "shell", colour: "red" });
      const { id } = ack["session"] as { id: string };
      expect(ack).toMatchObject({
        session: { status: "spawning", name: "new", command: "shell", colour: "red" },
      });
      expect(await a.next("session:spawn")).toMatchObject({ data: { id, status: "spawning" } });
      const taken = await Promise.all(
        [a, b].map((agent) => agent.request("session:take", { sessionId: id })),
      );
      expect(taken.map(({ success }) => success).sort()).toEqual([false, true]);
      expect(taken.find(({ success }) => success === false)).toMatchObject({ code: "CONFLICT" });
      expect(await a.request("session:take", { sessionId: "none" })).toMatchObject({ code: "NOT_FOUND" });
      expect(await a.request("session:take", { sessionId: "s1" })).toMatchObject({ code: "CONFLICT" });
    });

    test("a taken spawn that brings no terminal in time has failed", async () => {
      const { page, connectAgent } = await withAgent({ limits: { spawnMs: 30 } });
      const spawner = await connectAgent({ agentId: "a", sessionId: undefined });
      const { session } = await page.request("session:spawn", { name: "new" });
      await spawner.request("session:take", { sessionId: (session as { id: string }).id });
      expect(await page.next("notify:session_failed")).toMatchObject({ data: { reason: "spawn_timeout" } });
    });

    test("a spawned session that brings its terminal works", async () => {
      const { page, connectAgent } = await withAgent();
      const spawner = await connectAgent({ agentId: "a", sessionId: undefined });
      const { session } = await page.request("session:spawn", { name: "new" });
      const sessionId = (session as { id: string }).id;
      await spawner.request("session:take", { sessionId });
      expect(await spawner.request("terminal:register", { sessionId, ptyId: "1" })).toMatchObject({
        success: true,
      });
      expect(await page.next("session:updated")).toMatchObject({
        data: { id: sessionId, status: "working" },
      });
    });
  });
}
