import { describe, expect, test } from "vitest";
import { openMemoryServer } from "../behaviour/memory-server.ts";
import type { RawClient } from "../behaviour/raw-client.ts";
import type { OpenServer } from "../behaviour/server-under-test.ts";
import { openSocketIoServer } from "../behaviour/socketio-server.ts";
import { createWriter, withServer } from "../behaviour/suite/with-server.ts";

const text = (data: string): Uint8Array => new TextEncoder().encode(data);

function describeTerminals(name: string, open: OpenServer): void {
  describe(`terminals over ${name}`, () => {
    const start = withServer(open);

    const withTerminal = async (register: object = {}, ownerAuth: object = {}) => {
      const server = await start();
      const owner = await server.connect({ auth: { projectId: "p1", protocol: 1, ...ownerAuth } });
      const registered = await owner.request("terminal:register", {
        sessionId: "s1",
        ptyId: "pty",
        ...register,
      });
      const say = (data: string | Uint8Array, offset?: number) =>
        owner.request("terminal:output", { ptyId: "pty", data, ...(offset === undefined ? {} : { offset }) });
      const viewer = (auth: object = { protocol: 1 }): Promise<RawClient> =>
        server.connect({ namespace: "/terminal", auth });
      return { ...server, owner, registered, say, viewer };
    };

    test("output, resizes and the exit reach a viewer in their order, after the answer to its watch", async () => {
      const { owner, registered, say, viewer } = await withTerminal({ cols: 90, rows: 20 });
      const { epoch } = registered;
      expect(registered).toEqual({
        success: true,
        epoch: expect.any(String),
        offset: 0,
        resumeKey: expect.any(String),
        viewers: 0,
      });
      expect(await say("before")).toEqual({ success: true, offset: 6 });
      const client = await viewer();
      const answer = await client.request("terminal:watch", { sessionId: "s1" });
      expect(answer).toMatchObject({ success: true, mode: "snapshot", cols: 90, rows: 20, epoch, offset: 6 });
      expect(answer["scrollback"]).toMatch(/before$/);
      owner.emit("terminal:output", { ptyId: "pty", data: text("ab") });
      owner.emit("terminal:resized", { ptyId: "pty", cols: 100, rows: 30 });
      owner.emit("terminal:output", { ptyId: "pty", data: "漢" });
      owner.emit("terminal:exit", { ptyId: "pty", exitCode: 0 });
      const sessionId = "s1";
      expect(await client.next("terminal:output")).toEqual({ sessionId, epoch, offset: 6, data: "ab" });
      expect(await client.next("terminal:resized")).toEqual({
        sessionId,
        epoch,
        offset: 8,
        cols: 100,
        rows: 30,
      });
      expect(await client.next("terminal:output")).toEqual({ sessionId, epoch, offset: 8, data: "漢" });
      expect(await client.next("terminal:exit")).toEqual({ sessionId, epoch, offset: 11, exitCode: 0 });
    });

    test("binary viewers get bytes, as snapshot, delta and output", async () => {
      const { registered, say, viewer } = await withTerminal();
      await say("漢");
      const client = await viewer();
      const watch = { sessionId: "s1", encoding: "binary" };
      const snapshot = await client.request("terminal:watch", watch);
      expect(snapshot["scrollback"]).toBeInstanceOf(Uint8Array);
      const since = { epoch: registered["epoch"], offset: 1 };
      const delta = await client.request("terminal:watch", { ...watch, since });
      expect(delta).toMatchObject({ mode: "delta", from: 1, offset: 3 });
      expect(new Uint8Array(delta["scrollback"] as Uint8Array)).toEqual(text("漢").subarray(1));
      await say("x");
      expect(await client.next("terminal:output")).toMatchObject({ offset: 3, data: text("x") });
    });

    test("input reaches the owner, is acked after it, and typed once for one inputSeq", async () => {
      const { owner, viewer } = await withTerminal();
      const typed: unknown[] = [];
      owner.answer("terminal:input", (payload) => {
        typed.push(payload);
        return { success: true };
      });
      const client = await viewer();
      const input = { sessionId: "s1", input: "ls\r", inputSeq: 1, viewerId: "v" };
      expect(await client.request("terminal:input", input)).toEqual({ success: true, inputSeq: 1 });
      expect(await (await viewer()).request("terminal:input", input)).toEqual({ success: true, inputSeq: 1 });
      expect(typed).toEqual([{ ptyId: "pty", data: "ls\r", source: '["local","v"]', inputSeq: 1 }]);
    });

    test("an old owner is served without acks and obeys resizes at once", async () => {
      const { owner, viewer } = await withTerminal({}, { protocol: undefined });
      const client = await viewer();
      await client.request("terminal:watch", { sessionId: "s1" });
      expect(await client.request("terminal:input", { sessionId: "s1", input: "x" })).toEqual({
        success: true,
      });
      expect(await owner.next("terminal:input")).toEqual({ ptyId: "pty", data: "x" });
      await client.request("terminal:resize", { sessionId: "s1", cols: 100, rows: 30 });
      expect(await owner.next("terminal:resize")).toEqual({ ptyId: "pty", cols: 100, rows: 30 });
      expect(await client.next("terminal:resized")).toMatchObject({ cols: 100, rows: 30, offset: 0 });
    });

    test("an old viewer gets strings without ever acking", async () => {
      const { owner, viewer } = await withTerminal();
      const client = await viewer({});
      await client.request("terminal:watch", { sessionId: "s1" });
      const line = "x".repeat(1023);
      for (let at = 0; at < 600; at += 1) owner.emit("terminal:output", { ptyId: "pty", data: `${line}\n` });
      owner.emit("terminal:exit", { ptyId: "pty" });
      await client.next("terminal:exit");
      const parts = client.events.flatMap(({ event, payload }) =>
        event === "terminal:output" ? [(payload as { data: string }).data] : [],
      );
      expect(parts.join("")).toBe(`${line}\n`.repeat(600));
    });

    test("an owner whose connection breaks resumes; nothing is lost or doubled", async () => {
      const { owner, registered, say, viewer, connect } = await withTerminal();
      await say("012345");
      const client = await viewer();
      await client.request("terminal:watch", { sessionId: "s1" });
      owner.cut();
      expect(await client.next("terminal:owner")).toEqual({ sessionId: "s1", status: "lost" });
      const again = await connect({
        namespace: "/cli",
        auth: { projectId: "p1", sessionId: "s1", protocol: 1 },
      });
      const { epoch, resumeKey } = registered;
      const resume = { epoch, from: 0, offset: 9, resumeKey };
      const answer = await again.request("terminal:register", { sessionId: "s1", ptyId: "pty", resume });
      expect(answer).toEqual({ success: true, epoch, offset: 6, resumeKey, viewers: 1 });
      expect(await client.next("terminal:owner")).toEqual({ sessionId: "s1", status: "back" });
      await again.request("terminal:output", { ptyId: "pty", data: "45678", offset: 4 });
      expect(await client.next("terminal:output")).toMatchObject({ epoch, offset: 6, data: "678" });
      const hole = await again.request("terminal:output", { ptyId: "pty", data: "x", offset: 10 });
      expect(hole).toMatchObject({ success: false, code: "CONFLICT", details: { offset: 9 } });
    });

    test("an unknown session is created working, a spawned one begins to work", async () => {
      const { page, connect } = await start();
      const watcher = await page();
      await watcher.request("project:subscribe", { projectId: "p1" });
      const owner = await connect({ auth: { projectId: "p1", protocol: 1 } });
      await owner.request("terminal:register", { sessionId: "new", ptyId: "a", title: "Build" });
      expect(await watcher.next("session:created")).toMatchObject({
        data: { id: "new", name: "Build", status: "working" },
      });
      const { session } = await watcher.request("session:spawn", { name: "agent" });
      const { id } = session as { id: string };
      await owner.request("terminal:register", { sessionId: id, ptyId: "b" });
      expect(await watcher.next("session:updated")).toMatchObject({ data: { id, status: "working" } });
    });

    test("an answer to a session is typed into its terminal with a return", async () => {
      const { owner, page } = await withTerminal();
      const answering = await page();
      await answering.request("session:reply-input", { sessionId: "s1", input: "yes" });
      expect(await owner.next("terminal:input")).toEqual({ ptyId: "pty", data: "yes\r" });
    });

    test("focus turns activity into output for a viewer of priority auto", async () => {
      const { say, viewer, page } = await withTerminal();
      const client = await viewer();
      await client.request("terminal:watch", { sessionId: "s1", priority: "auto" });
      await say("abc");
      expect(await client.next("terminal:activity")).toMatchObject({ sessionId: "s1", offset: 3 });
      const focusing = await page();
      await focusing.request("focus:set", { projectId: "p1", sessionId: "s1", focused: true });
      expect(await client.next("terminal:output")).toMatchObject({ offset: 0, data: "abc" });
      expect(await client.next("focus_update")).toMatchObject({ sessionId: "s1", focused: true });
    });

    test("a deleted session's terminal ends", async () => {
      const { viewer, page } = await withTerminal();
      const client = await viewer();
      await client.request("terminal:watch", { sessionId: "s1" });
      await createWriter(await page()).remove("sessions", "s1");
      expect(await client.next("terminal:exit")).toMatchObject({ exitCode: null, reason: "session_removed" });
      expect(await client.request("terminal:watch", { sessionId: "s1" })).toMatchObject({
        error: "Terminal session not found",
        code: "NOT_FOUND",
      });
    });

    test("viewers by token may look, not type; strangers may not look", async () => {
      const { connect, token, owner } = await withTerminal();
      const as = async (role: "viewer" | "editor", projectId: string): Promise<RawClient> =>
        connect({
          namespace: "/terminal",
          auth: { protocol: 1, token: await token({ sub: role, projects: { [projectId]: role } }) },
          local: false,
        });
      const reader = await as("viewer", "p1");
      expect(await reader.request("terminal:watch", { sessionId: "s1" })).toMatchObject({ success: true });
      const input = { sessionId: "s1", input: "x" };
      expect(await reader.request("terminal:input", input)).toMatchObject({ code: "FORBIDDEN" });
      expect(await reader.request("terminal:resize", { sessionId: "s1", cols: 10, rows: 10 })).toMatchObject({
        code: "FORBIDDEN",
      });
      expect(await (await as("editor", "p2")).request("terminal:watch", { sessionId: "s1" })).toMatchObject({
        code: "FORBIDDEN",
      });
      expect(owner.events.filter(({ event }) => event === "terminal:input")).toEqual([]);
    });

    test("a shutdown tells viewers, who watch again on the next server", async () => {
      const { viewer, hub } = await withTerminal();
      const client = await viewer();
      await client.request("terminal:watch", { sessionId: "s1" });
      await hub.close();
      expect(await client.next("terminal:exit")).toEqual({
        sessionId: "s1",
        exitCode: null,
        reason: "server_shutdown",
      });
    });
  });
}

describeTerminals("memory", openMemoryServer);
describeTerminals("socket.io", openSocketIoServer);
