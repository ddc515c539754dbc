import { expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { type Client, collection, createClient, defineCollections, type Task } from "../../sdk/index.ts";

it("types follow the events, the collections and the schemas", () => {
  const collections = defineCollections({ widgets: collection("widget", z.object({ size: z.number() })) });
  const client = createClient({ url: "http://x", collections });
  expect(client.status.getSnapshot()).toEqual({ name: "idle" });

  client.on("task:created", (event) => {
    expectTypeOf(event.data).toEqualTypeOf<Task>();
    expectTypeOf(event.replayed).toEqualTypeOf<boolean>();
  });
  client.on("notify:progress", ({ data }) => expectTypeOf(data.message).toEqualTypeOf<string>());
  client.on("widget:created", ({ data }) => expectTypeOf(data.id).toEqualTypeOf<string>());

  expectTypeOf(client.tasks.list()).toEqualTypeOf<readonly Task[]>();
  const widget = client.collection("widgets").get("w1");
  expectTypeOf(widget?.size).toEqualTypeOf<number | undefined>();
  expectTypeOf(widget?.version).toEqualTypeOf<number | undefined>();
  // @ts-expect-error: not declared
  client.collection("gadgets");

  client.channel("git").subscribe((data) => expectTypeOf(data.message).toEqualTypeOf<string>());
  client.channel<number>("mine").subscribe((data) => expectTypeOf(data).toEqualTypeOf<number>());
  expectTypeOf(client.aiStream("a1")).toEqualTypeOf<AsyncIterable<string>>();

  const status = client.status.getSnapshot();
  if (status.name === "waiting") expectTypeOf(status.retryAt).toEqualTypeOf<number>();
  if (status.name === "syncing") expectTypeOf(status.progress?.done).toEqualTypeOf<number | undefined>();

  // A client of an application's own is one that any helper can take.
  const any: Client = client;
  expect(any.clientId).toBe(client.clientId);
});
