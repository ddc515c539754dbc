import { describe, expect, it } from "vitest";
import { createHearing } from "../../server/core/hearing.ts";
import type { Commit } from "../../server/store/store.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { aPeer } from "./a-caller.ts";

const LINGER_MS = 10_000;

/** Who hears what, and what a shared store and a shared log are told of it. */
function start() {
  const clock = createManualClock();
  const followed = new Set<string>();
  const places = new Map<string, string>();
  let isAway = false;
  const follow = (name: string) => {
    followed.add(name);
    return () => void followed.delete(name);
  };
  const hearing = createHearing({
    clock,
    store: {
      follow: (projectId = "all") => follow(projectId),
      projectOfSession: async (sessionId) => {
        if (isAway) throw new Error("away");
        return places.get(sessionId);
      },
    },
    channelLog: () => ({ follow: (projectId = "*", channel) => follow(`${projectId}/${channel}`) }),
  });
  const settle = async (): Promise<void> => {
    for (let hop = 0; hop < 10; hop += 1) await Promise.resolve();
  };
  return {
    ...{ hearing, clock, places, settle },
    followed: () => [...followed].sort(),
    setAway: (value: boolean) => {
      isAway = value;
    },
  };
}

const commit = (event: string, sessionId: string, projectId = "p1"): Commit => ({
  ...{ projectId, epoch: "e", seq: 1, notices: [] },
  events: [{ envelope: { type: event, event, data: {}, timestamp: 0, projectId, sessionId } as never }],
});

describe("a server says what is heard on it", () => {
  it("from the first socket of a project on, and until a while after the last", () => {
    const { hearing, clock, followed } = start();
    hearing.opened("project:p1");
    hearing.opened("focus:p1");
    hearing.emptied("project:p1");
    clock.advance(LINGER_MS * 2);
    expect(followed()).toEqual(["p1"]);
    hearing.emptied("focus:p1");
    clock.advance(LINGER_MS - 1);
    expect(followed()).toEqual(["p1"]);
    clock.advance(1);
    expect(followed()).toEqual([]);
  });

  it("goes on as if nothing was when somebody comes back in time", () => {
    const { hearing, clock, followed } = start();
    hearing.opened("channel:p1/git");
    hearing.emptied("channel:p1/git");
    clock.advance(LINGER_MS - 1);
    hearing.opened("channel:p1/git");
    clock.advance(LINGER_MS * 2);
    expect(followed()).toEqual(["p1/git"]);
  });

  it("for a channel of every project", () => {
    const { hearing, followed } = start();
    hearing.opened("channel:*/git");
    expect(followed()).toEqual(["*/git"]);
  });

  it("of all projects while a page is there that may read what it did not join", () => {
    const { hearing, clock, followed } = start();
    hearing.attached(aPeer("a", "/cli"));
    expect(followed()).toEqual([]);
    hearing.attached(aPeer("b", "/ui"));
    expect(followed()).toEqual(["all"]);
    hearing.detached(aPeer("b", "/ui"));
    clock.advance(LINGER_MS);
    expect(followed()).toEqual([]);
  });

  it("of the project of a session that somebody named", async () => {
    const { hearing, places, clock, followed, settle } = start();
    places.set("s1", "p7");
    hearing.opened("session:s1");
    await settle();
    clock.advance(LINGER_MS);
    expect(followed()).toEqual(["p7"]);
    hearing.emptied("session:s1");
    clock.advance(LINGER_MS);
    expect(followed()).toEqual([]);
  });

  it("of all projects for a session that is not there, until it is made", async () => {
    const { hearing, clock, followed, settle } = start();
    hearing.opened("session:s1");
    await settle();
    expect(followed()).toEqual(["all"]);
    hearing.committed(commit("session:created", "s1"));
    clock.advance(LINGER_MS);
    expect(followed()).toEqual(["p1"]);
    hearing.committed(commit("session:deleted", "s1"));
    await settle();
    clock.advance(LINGER_MS);
    expect(followed()).toEqual(["all"]);
  });

  it("asks again for a session whose place could not be asked for", async () => {
    const { hearing, places, clock, followed, settle, setAway } = start();
    places.set("s1", "p7");
    setAway(true);
    hearing.opened("session:s1");
    await settle();
    setAway(false);
    clock.advance(1_000);
    await settle();
    expect(followed()).toContain("p7");
  });
});
