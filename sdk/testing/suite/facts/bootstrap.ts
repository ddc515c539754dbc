import { expect } from "../expect.ts";
import type { StateFacts } from "../fact.ts";

export const bootstrap: StateFacts = (fact) => {
  const slots = [{ name: "started", event: "CODETRACER::started" }, "theme"];

  fact(
    "each kept slot comes once, in slot order, before anything else",
    { setup: { bootstrapSlots: slots }, needs: ["slots"] },
    async ({ page, setSlot }) => {
      await setSlot("p1", "theme", { dark: true });
      await setSlot("p1", "welcome", 1);
      await setSlot("p1", "trace-loaded", 2);
      await setSlot("p1", "started", { at: 0 });
      await setSlot("p1", "started", { at: 1 });
      const client = await page({ sync: {} });
      await client.next("state:synced");
      expect(client.events.map(({ event, payload }) => [event, event === "bootstrap" ? payload : 0])).toEqual(
        [
          ["connection_status", 0],
          ["bootstrap", { slot: "started", payload: { at: 1 }, index: 0, total: 3 }],
          ["CODETRACER::started", 0],
          ["bootstrap", { slot: "trace-loaded", payload: 2, index: 1, total: 3 }],
          ["bootstrap", { slot: "theme", payload: { dark: true }, index: 2, total: 3 }],
          ["state:synced", 0],
        ],
      );
    },
  );

  fact(
    "a page that names its project later is shown it then, once",
    { needs: ["slots"] },
    async ({ connect, setSlot }) => {
      await setSlot("p1", "init", 1);
      const client = await connect();
      await client.request("state:sync", { projectId: "p1" });
      await client.request("project:subscribe", { projectId: "p1" });
      await client.request("project:subscribe", { projectId: "p1" });
      await setSlot("p1", "init", 2);
      await client.next("bootstrap");
      expect(await client.next("bootstrap")).toEqual({ slot: "init", payload: 2, index: 0, total: 1 });
      await client.request("project:unsubscribe", { projectId: "p1" });
      await setSlot("p1", "init", 3);
      await client.request("project:subscribe", { projectId: "p1" });
      expect(await client.next("bootstrap")).toMatchObject({ payload: 3 });
      expect(client.events.filter(({ event }) => event === "bootstrap")).toHaveLength(3);
    },
  );
};
