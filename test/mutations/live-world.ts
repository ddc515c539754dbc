import type { Entity } from "../../sdk/protocol/index.ts";
import { anEntity } from "../state/entities.ts";
import { settled } from "../state/fake-link.ts";
import { createPartWorld, type PartWorld, type PartWorldOptions } from "../state/part-world.ts";

export const ack = (seq: number, result: Entity | null) => ({ success: true, result, seq, epoch: "e1" });
export const rename = (world: PartWorld, title: string, id = "t") =>
  world.tasks.update(id, (draft) => {
    draft.title = title;
  });

/** Live at seq 5, with task `t` titled A and session `s` in the base. */
export async function live(options: PartWorldOptions = {}): Promise<PartWorld> {
  const world = createPartWorld(options);
  const position = { epoch: "e1", seq: 5 };
  world.store.commit({
    base: new Map([
      ["tasks", new Map([["t", anEntity("t", { title: "A", tags: ["a"] })]])],
      ["sessions", new Map([["s", anEntity("s", { status: "needs_input", needsInput: { active: true } })]])],
    ]),
    position,
  });
  await connect(world);
  return world;
}

/** The link comes up, and nothing was missed. */
export async function connect({ link, store }: PartWorld): Promise<void> {
  link.goUp();
  const focus = {
    projectId: "p1",
    focusedSessions: [],
    totalFocused: 0,
    maxFocused: 4,
    version: 0,
    epoch: "e1",
  };
  const delta = {
    mode: "delta",
    ...store.position,
    from: store.position?.seq,
    changes: {},
    events: [],
    focus,
    serverTime: 0,
  };
  link.say("state:synced", { success: true, ...delta });
  await settled();
}
