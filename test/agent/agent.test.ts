import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive, signal } from "../../server/bin/demo/process-signal.ts";
import { type CommandProcess, runCommand } from "../bin/command-process.ts";
import { startServer } from "../gateway/running-server.ts";
import { join, untilStatus } from "./project.ts";

function agent(url: string, ...args: string[]): CommandProcess {
  return runCommand(["agent", "--project", "p1", "--url", url, ...args]);
}

const untilSaid = (process: CommandProcess, text: RegExp | string) =>
  expect.poll(() => process.output().stderr).toMatch(text);

const pidOf = (process: CommandProcess, id: string): number =>
  Number(new RegExp(`${id}: started, pid (\\d+)`).exec(process.output().stderr)?.[1]);

describe("holdfast agent", () => {
  it("runs what is spawned: spawning, working, then completed or failed by its exit code", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const early = await client.sessions.spawn({
      name: "asked for before anybody was there",
      command: "good",
    }).acknowledged;
    const running = agent(url, "--allow", "good=head -n1", "--allow", "bad=head -n1; exit 3");
    const seen: string[] = [];
    client.sessions.entity(early.id).subscribe(() => seen.push(client.sessions.get(early.id)?.status ?? ""));
    await untilStatus(client, early.id, "working");
    const late = await client.sessions.spawn({ name: "fails", command: "bad" }).acknowledged;
    await untilStatus(client, late.id, "working");
    for (const { id } of [early, late]) {
      await client.sessions.replyInput(id, "go").acknowledged;
    }
    await untilStatus(client, early.id, "completed");
    await untilStatus(client, late.id, "failed");
    expect([...new Set(seen)]).toEqual(["working", "completed"]);
    await untilSaid(running, `${late.id}: ended with code 3`);
  });

  it("leaves a command that it was not told to run, and runs any line only when told to", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const careful = agent(url);
    const session = await client.sessions.spawn({ name: "anything", command: "exit 0" }).acknowledged;
    await untilSaid(careful, `${session.id}: left, command "exit 0" is not allowed`);
    expect(client.sessions.get(session.id)?.status).toBe("spawning");
    agent(url, "--allow-any");
    await untilStatus(client, session.id, "completed");
  });

  it("runs each of many sessions once, though two agents want them all", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const agents = [agent(url, "--allow", "one=head -n1"), agent(url, "--allow", "one=head -n1")];
    const sessions = await Promise.all(
      Array.from(
        { length: 8 },
        (_, index) => client.sessions.spawn({ name: `n${index}`, command: "one" }).acknowledged,
      ),
    );
    for (const { id } of sessions) await untilStatus(client, id, "working");
    for (const { id } of sessions) await client.sessions.replyInput(id, "go").acknowledged;
    for (const { id } of sessions) await untilStatus(client, id, "completed");
    const started = agents.flatMap((one) =>
      [...one.output().stderr.matchAll(/(\S+): started/g)].map(([, id]) => id),
    );
    expect(started.sort()).toEqual(sessions.map(({ id }) => id).sort());
  });

  it("on SIGTERM ends what it runs, tells so, and leaves no process", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const running = agent(
      url,
      ...[
        "--allow",
        "tame=sleep 1000; true",
        "--allow",
        "stubborn=trap '' HUP TERM; while :; do sleep 1; done",
      ],
    );
    const sessions = await Promise.all(
      ["tame", "stubborn"].map((command) => client.sessions.spawn({ name: command, command }).acknowledged),
    );
    // One of them outlives even an agent that is killed: a test that fails must not leave it behind.
    onTestFinished(() => {
      for (const { id } of sessions) {
        const pid = pidOf(running, id);
        if (pid > 0 && isAlive(pid)) signal(-pid, "SIGKILL");
      }
    });
    for (const { id } of sessions) await untilStatus(client, id, "working");
    const pids = sessions.map(({ id }) => pidOf(running, id));
    expect(pids.map(isAlive)).toEqual([true, true]);
    running.child.kill("SIGTERM");
    expect((await running.finished()).code).toBe(0);
    expect(pids.map(isAlive)).toEqual([false, false]);
    for (const { id } of sessions) await untilStatus(client, id, "failed");
  });

  it("ends the program of a session that is deleted, and makes no other of it", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const running = agent(url, "--allow", "sleeps=sleep 1000; true");
    const { id } = await client.sessions.spawn({ name: "sleeps", command: "sleeps" }).acknowledged;
    await untilStatus(client, id, "working");
    const pid = pidOf(running, id);
    await client.sessions.remove(id).acknowledged;
    await expect.poll(() => isAlive(pid)).toBe(false);
    await untilSaid(running, `${id}: ended`);
    expect(client.sessions.get(id)).toBeUndefined();
  });

  it("killed outright leaves no program but one that does not care for a closed terminal", async () => {
    const { url } = await startServer();
    const client = await join(url);
    const running = agent(
      url,
      ...["--allow", "tame=sleep 1000; true", "--allow", "deaf=trap '' HUP; while :; do sleep 1; done"],
    );
    const sessions = await Promise.all(
      ["tame", "deaf"].map((command) => client.sessions.spawn({ name: command, command }).acknowledged),
    );
    for (const { id } of sessions) await untilStatus(client, id, "working");
    const [tame = 0, deaf = 0] = sessions.map(({ id }) => pidOf(running, id));
    onTestFinished(() => void signal(-deaf, "SIGKILL"));
    running.child.kill("SIGKILL");
    await running.finished();
    await expect.poll(() => isAlive(tame)).toBe(false);
    expect(isAlive(deaf)).toBe(true);
  });
});
