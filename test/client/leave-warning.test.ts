// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";
import { fakeClient } from "./fake-client.ts";

const leave = (): boolean => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));

it("asks before leaving with writes that wait, when that is wanted, and only then", async () => {
  const added = vi.spyOn(globalThis, "addEventListener");
  const quiet = fakeClient();
  quiet.client.tasks.create({ title: "one" });
  expect(leave()).toBe(true);
  const fake = fakeClient({ warnBeforeLeaving: true });
  expect(leave()).toBe(true);
  const pending = fake.client.tasks.create({ title: "two" });
  expect(leave()).toBe(false);
  pending.discard();
  expect(leave()).toBe(true);
  fake.client.tasks.create({ title: "three" });
  expect(leave()).toBe(false);
  await fake.client.close();
  expect(leave()).toBe(true);
  expect(added.mock.calls.map(([name]) => name)).toEqual(["beforeunload", "beforeunload"]);
  added.mockRestore();
  await quiet.client.close();
});
