import { expect, test } from "vitest";
import { INTERNALS } from "../../sdk/connection/internals.ts";
import { aTask } from "../../sdk/testing/index.ts";
import { describeOnBoth, eventually } from "./on-both.ts";

describeOnBoth("what was sent", (open) => {
  test("is decoded and typed, in order", async () => {
    const { mock, live } = open({ projects: { p1: { tasks: [aTask({ id: "t1" })] } } });
    const client = await live();
    await client.tasks.update("t1", (draft) => {
      draft.title = "Two";
    }).synced;
    const mutates = mock.sent.filter((sent) => sent.event === "mutate");
    expect(mutates).toEqual([
      {
        event: "mutate",
        namespace: "/ui",
        clientId: client.clientId,
        at: expect.any(Number),
        payload: {
          ...{ mutationId: `${client.clientId}:1`, op: "update", collection: "tasks", id: "t1" },
          projectId: "p1",
          patches: [{ op: "replace", path: ["title"], value: "Two" }],
        },
      },
    ]);
    expect(mutates[0]?.payload.op).toBe("update");
    mock.reset();
    expect(mock.sent).toEqual([]);
  });

  test("and does not fit is told as a sentence", async () => {
    const { mock, live, errors } = open();
    const client = await live();
    const link = client[INTERNALS].link("/ui");
    await link.request("mutate", { mutationId: "x", op: "create" } as never).catch(() => undefined);
    link.send("no:such", { a: 1 });
    await eventually(() => errors.length).toBe(2);
    expect(String(errors[0])).toMatch(
      /The client sent an invalid mutate on \/ui: mutationId: a mutationId is/,
    );
    expect(String(errors[1])).toBe(
      'Error: The client sent an invalid no:such on /ui: the protocol has no such event\n{"a":1}',
    );
    expect(mock.sent.map(({ invalid }) => invalid !== undefined)).toEqual([false, true, true]);
  });
});
