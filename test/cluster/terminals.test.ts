import { randomUUID } from "node:crypto";
import { expect, inject, it } from "vitest";
import { createModelOwner, type ModelOwner } from "../terminals/model/model-owner.ts";
import { createModelViewer, type ModelViewer } from "../terminals/model/model-viewer.ts";
import { openTerminalNode, type TerminalNode } from "./support/terminal-node.ts";
import { expectAlike, lines, turn, until } from "./support/terminal-play.ts";

const COLS = 60;
const ROWS = 15;

async function open(nodes: number): Promise<readonly TerminalNode[]> {
  const prefix = randomUUID();
  return Promise.all(Array.from({ length: nodes }, () => openTerminalNode(inject("redisUrl"), prefix)));
}

function anOwner(): ModelOwner {
  return createModelOwner(COLS, ROWS, "bytes");
}

function aViewer(viewerId: string): ModelViewer {
  return createModelViewer({ viewerId, watch: { encoding: "binary" } });
}

async function registered(owner: ModelOwner, node: TerminalNode): Promise<void> {
  owner.connect(node);
  await until(owner, [], () => owner.epoch !== undefined, "the owner is registered");
}

async function watching(owner: ModelOwner, viewer: ModelViewer, node: TerminalNode): Promise<void> {
  const { deltas, snapshots } = viewer.seen;
  viewer.connect(node);
  const isOpen = (): boolean => viewer.seen.deltas + viewer.seen.snapshots > deltas + snapshots;
  await until(owner, [viewer], isOpen, "the viewer watches");
}

it("viewers on other servers see what the owner prints, its resizes and its exit in their order", async () => {
  const [a, b, c] = await open(3);
  const owner = anOwner();
  await registered(owner, a!);
  owner.print(lines(0, 40));
  const viewers = [aViewer("on-a"), aViewer("on-b"), aViewer("on-c")];
  await watching(owner, viewers[0]!, a!);
  await watching(owner, viewers[1]!, b!);
  await watching(owner, viewers[2]!, c!);
  for (let n = 1; n <= 20; n += 1) {
    owner.print(lines(40 * n, 40));
    if (n % 5 === 0) owner.resize(COLS - n, ROWS + (n % 3));
  }
  await expectAlike(owner, viewers);
  expect(viewers.map(({ seen }) => seen.resets)).toEqual([0, 0, 0]);
  owner.print(lines(900, 3));
  owner.exit(7);
  await expectAlike(owner, viewers);
  expect(viewers.map(({ exitCode }) => exitCode)).toEqual([7, 7, 7]);
});

it("what is typed on any server is typed once and in order", async () => {
  const [a, b, c] = await open(3);
  const owner = anOwner();
  await registered(owner, a!);
  const viewers = [aViewer("on-a"), aViewer("on-b"), aViewer("on-c")];
  for (const [index, node] of [a, b, c].entries()) await watching(owner, viewers[index]!, node!);
  for (let n = 0; n < 100; n += 1)
    for (const [index, viewer] of viewers.entries()) viewer.type(`${index}:${n} `);
  await until(owner, viewers, () => owner.typed.length >= 300, "all is typed");
  await until(owner, viewers, () => viewers.every(({ pending }) => pending === 0), "all is acked");
  for (const [index] of viewers.entries()) {
    const own = owner.typed.filter((text) => text.startsWith(`${index}:`));
    expect(own).toEqual(Array.from({ length: 100 }, (_, n) => `${index}:${n} `));
  }
});

it("an owner moves from server to server and back, and no viewer is given a new screen", async () => {
  const [a, b, c] = await open(3);
  const owner = anOwner();
  await registered(owner, a!);
  const { epoch } = owner;
  const viewers = [aViewer("on-a"), aViewer("on-b"), aViewer("on-c")];
  for (const [index, node] of [a, b, c].entries()) await watching(owner, viewers[index]!, node!);
  for (const [turnNumber, node] of [b, a, c, a].entries()) {
    owner.print(lines(100 * turnNumber, 60));
    owner.resize(COLS - turnNumber, ROWS);
    owner.print(lines(100 * turnNumber + 60, 5));
    // On the way when the connection is cut, and noticed by nobody but the owner.
    owner.connect(node!);
    owner.print(lines(100 * turnNumber + 70, 20));
    await expectAlike(owner, viewers);
  }
  expect(owner.epoch).toBe(epoch);
  expect(viewers.map(({ seen }) => seen.resets)).toEqual([0, 0, 0]);
  for (const viewer of viewers) viewer.type("x");
  await until(owner, viewers, () => viewers.every(({ pending }) => pending === 0), "all is acked");
  expect(owner.typed).toHaveLength(3);
});

it("what is typed while the owner moves is read in order and never twice, and what was acked was read", async () => {
  const [a, b, c] = await open(3);
  const owner = anOwner();
  await registered(owner, a!);
  const viewers = [aViewer("on-b"), aViewer("on-c")];
  await watching(owner, viewers[0]!, b!);
  await watching(owner, viewers[1]!, c!);
  let n = 0;
  const type = (): void => {
    for (const [index, viewer] of viewers.entries()) viewer.type(`${index}:${n} `);
    n += 1;
  };
  for (const node of [b, c, a]) {
    const { length } = owner.typed;
    for (let count = 0; count < 20; count += 1) type();
    await until(owner, viewers, () => owner.typed.length > length, "some are typed");
    // Others are on their way to the server that the owner leaves.
    for (let count = 0; count < 5; count += 1) type();
    turn(owner, viewers);
    owner.connect(node!);
    owner.print(lines(n, 1));
    await expectAlike(owner, viewers);
  }
  type();
  const isLast = (text: string): boolean => text.endsWith(`:${n - 1} `);
  await until(owner, viewers, () => owner.typed.filter(isLast).length >= 2, "the last are typed");
  const last = new Map<string, number>();
  // As owners do, by the name of an input.
  const read = owner.inputs.filter(({ source = "", inputSeq = 0 }) => {
    const isNew = inputSeq > (last.get(source) ?? 0);
    if (isNew) last.set(source, inputSeq);
    return isNew;
  });
  for (const [index, { pending }] of viewers.entries()) {
    const own = read.flatMap(({ data }) => (data.startsWith(`${index}:`) ? Number(data.slice(2)) : []));
    expect(own).toEqual([...new Set(own)].sort((one, other) => one - other));
    expect(own.length).toBeGreaterThanOrEqual(n - pending);
  }
  // Nobody waits any more for answers of connections that were cut.
  owner.noticed();
});

it("the owner's server dies, and viewers elsewhere go on once the owner has resumed", async () => {
  const [a, b, c] = await open(3);
  const owner = anOwner();
  await registered(owner, a!);
  const viewers = [aViewer("on-b"), aViewer("on-c")];
  await watching(owner, viewers[0]!, b!);
  await watching(owner, viewers[1]!, c!);
  owner.print(lines(0, 200));
  await expectAlike(owner, viewers);
  owner.print(lines(200, 50));
  owner.wire?.up(1_000);
  await a!.die();
  owner.wire?.cut();
  owner.print(lines(250, 50));
  owner.connect(c!);
  owner.print(lines(300, 50));
  await expectAlike(owner, viewers);
  expect(viewers.map(({ seen }) => seen.resets)).toEqual([0, 0]);
});

it("a viewer whose server dies goes on at another with what it missed", async () => {
  const [a, b, c] = await open(3);
  const owner = anOwner();
  await registered(owner, a!);
  const viewers = [aViewer("moves"), aViewer("stays")];
  await watching(owner, viewers[0]!, b!);
  await watching(owner, viewers[1]!, c!);
  owner.print(lines(0, 200));
  await expectAlike(owner, viewers);
  await b!.die();
  viewers[0]!.wire?.cut();
  owner.print(lines(200, 30));
  await watching(owner, viewers[0]!, c!);
  await expectAlike(owner, viewers);
  expect(viewers[0]!.seen).toMatchObject({ deltas: 1, snapshots: 1, resets: 0 });
});
