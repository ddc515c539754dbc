import { describe, expect, it } from "vitest";
import { addressOf, labelOf } from "../../server/store/redis/address.ts";
import {
  readHead,
  readMessage,
  readWide,
  writeMessage,
  writeWide,
} from "../../server/store/redis/feed-message.ts";
import { createLru } from "../../server/store/redis/lru.ts";
import { nameOf } from "../../server/store/redis/name-of.ts";
import { createOperations } from "../../server/store/redis/operations.ts";

describe("an address", () => {
  it.each([
    ["redis://localhost", { host: "localhost", port: 6379, db: 0 }],
    ["redis://10.0.0.1:7000/3", { host: "10.0.0.1", port: 7000, db: 3 }],
    ["redis://[::1]:7000", { host: "::1", port: 7000, db: 0 }],
    ["rediss://u:p%40ss@h/1", { host: "h", port: 6379, db: 1, username: "u", password: "p@ss", tls: {} }],
  ])("%s is read", (url, address) => {
    expect(addressOf(url)).toEqual(address);
  });

  it("is told without who logs in", () => {
    expect(labelOf(addressOf("redis://user:secret@h:1/2"))).toBe("h:1/2");
  });
});

describe("a name in a key", () => {
  it("is the text itself where that can be, and never holds a space", () => {
    expect(nameOf("client-1")).toBe("client-1");
    const odd = ["a b", "", "ü", "%20", "#x", "x".repeat(201), "\ud800", "a\nb"];
    const names = odd.map(nameOf);
    expect(names.filter((name) => /\s/.test(name) || name.length > 200)).toEqual([]);
    expect(new Set([...names, nameOf("client-1")]).size).toBe(odd.length + 1);
  });
});

describe("a cache", () => {
  it("keeps what was used last within its bytes", () => {
    const cache = createLru<number>(3_000);
    for (let key = 0; key < 10; key += 1) {
      cache.get("0");
      cache.set(String(key), key, 800);
    }
    expect(Array.from({ length: 10 }, (_, key) => cache.get(String(key)))).toEqual([
      ...[0, undefined, undefined, undefined, undefined, undefined, undefined, undefined],
      ...[8, 9],
    ]);
    cache.delete("0");
    expect(cache.get("0")).toBeUndefined();
    cache.set("large", 1, 3_001);
    expect(cache.get("large")).toBeUndefined();
  });
});

describe("operations of a commit", () => {
  it("name each key once and cut long ones in pieces", () => {
    const operations = createOperations(["meta"]);
    operations.add("HSET", "meta", "seq", 1);
    operations.addAll(
      "ZADD",
      "ids",
      [
        [0, "a"],
        [0, "b"],
        [0, "c"],
      ],
      2,
    );
    operations.addAll("HDEL", "ids", []);
    expect(operations.keys).toEqual(["meta", "ids"]);
    expect(operations.args).toEqual([
      ...["HSET", 1, 2, "seq", 1],
      ...["ZADD", 2, 4, 0, "a", 0, "b"],
      ...["ZADD", 2, 2, 0, "c"],
    ]);
  });
});

describe("a message between nodes", () => {
  const standing = { life: "l.1", rev: 7, epoch: "e", seq: 3, era: 1, total: 2, kept: 0 };
  const entity = { id: "t1", version: 1, seq: 3, createdAt: 1, updatedAt: 1, title: 'a "quoted" 👋' };
  const event = {
    envelope: {
      type: "task:created",
      event: "task:created",
      data: entity,
      timestamp: 1,
      projectId: "p1",
      seq: 3,
      epoch: "e",
    },
  };
  const commit = {
    projectId: "p1",
    epoch: "e",
    seq: 3,
    events: [event],
    notices: [{ event: "n", payload: [1] }],
  };
  const message = {
    batch: "node.1",
    standing,
    counts: { tasks: 1 },
    commits: [commit],
    writes: [
      { collection: "tasks", id: "t1", entity },
      { collection: "tasks", id: "t2", entity: undefined },
      { collection: "notes", id: "n1", entity: { ...entity, id: "n1" } },
    ],
    registers: [
      ["focus", { v: 1 }],
      ["gone", undefined],
      ["null", null],
    ] as const,
    claims: ["s1"],
    owners: ["o"],
    isCleared: false,
  };
  const text = {
    position: { epoch: "e", seq: 3 },
    events: [JSON.stringify(event)],
    notices: JSON.stringify(commit.notices),
    reset: undefined,
  };

  it("is read as it was written, an entity that an event holds told once", () => {
    const writes = [
      { collection: "tasks", id: "t1", entity: [0, 0] as const },
      { collection: "tasks", id: "t2", entity: undefined },
      { collection: "notes", id: "n1", entity: JSON.stringify({ ...entity, id: "n1" }) },
    ];
    const written = writeMessage(message, { commits: [text], writes });
    expect(readMessage("p1", written)).toEqual(message);
    expect(written.split("quoted")).toHaveLength(3);
    expect(readHead(written)).toEqual({ batch: "node.1", life: "l.1", rev: 7 });
  });

  it("tells where a project starts anew", () => {
    const reset = { epoch: "e2", seq: 0 };
    const written = writeMessage(
      { ...message, isCleared: true },
      { commits: [{ ...text, reset }], writes: [] },
    );
    expect(readMessage("p1", written)).toMatchObject({ isCleared: true, commits: [{ reset }] });
  });

  it("to those who do not follow the project holds its commits alone", () => {
    expect(readWide(writeWide("p1", standing, [text]))).toEqual({
      ...{ projectId: "p1", life: "l.1", rev: 7 },
      commits: [commit],
    });
  });

  it("of something else is taken for none", () => {
    expect(readHead("hello")).toEqual({ batch: "", life: "", rev: 0 });
  });
});
