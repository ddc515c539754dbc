import { createClient } from "holdfast";
import { createMockServer } from "holdfast/testing";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, expect, test } from "vitest";

const url = "wss://live.example.com";
const mock = createMockServer({ url, auth: { required: true } });
const msw = setupServer(...mock.handlers);

beforeAll(() => msw.listen());
afterAll(async () => {
  await mock.close();
  msw.close();
});

test("an expired token is asked for again, and nothing is lost", async () => {
  const asked: string[] = [];
  const client = createClient({
    url,
    projectId: "p1",
    auth: { getToken: async ({ reason }) => `token-${asked.push(reason)}` },
    ...mock.clientOptions,
  });
  await client.connect();

  mock.faults.expireTokens();
  const edit = client.tasks.create({ title: "Written while the token was no good" });
  await edit.synced;

  expect(asked).toEqual(["connect", "rejected"]);
  const tokens = mock.sent.flatMap((sent) => (sent.event === "connect" ? [sent.payload["token"]] : []));
  expect(tokens).toEqual(["token-1", "token-2"]);
  await expect.poll(() => client.status.getSnapshot().name).toBe("live");
  await client.close();
});
