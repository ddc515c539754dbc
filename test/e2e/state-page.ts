import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright";
import type { Client } from "../../sdk/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const SCRIPT = fileURLToPath(new URL("../../dist/holdfast.global.js", import.meta.url));

/** The page's own globals, as the page itself names them. */
export interface Shown {
  readonly Holdfast: typeof import("../../sdk/global.ts");
  client: Client;
  /** Every status so far, consecutive ones once. */
  statuses: string[];
  freshToken(): Promise<string>;
  onStatus(): void;
}
declare const shown: Shown;

export interface PageOptions {
  /** Where the client connects to. */
  readonly url: string;
  /** Where the page is from; a server without local trust lets its own origin in. Default: `url`. */
  readonly origin?: string;
  /** Name of the database; none without it. */
  readonly database?: string;
  /** Gives the page its tokens; it then lives in `/mobile`. */
  readonly freshToken?: () => Promise<string>;
  /** Runs in the page at every change of status. */
  readonly onStatus?: () => void;
}

/** A page with nothing but a client over the script-tag build, which loads from disk whatever becomes of the network. */
export interface StatePage {
  readonly page: Page;
  readonly errors: readonly string[];
  waitForStatus(name: string, timeoutMs?: number): Promise<void>;
  statuses(): Promise<readonly string[]>;
  titles(): Promise<Readonly<Record<string, string>>>;
  /** Writes `title` to a task, or makes one. Resolves when it is shown, not when the server has it. */
  write(id: string, title: string): Promise<void>;
  pending(): Promise<number>;
  waitForPending(count: number, timeoutMs?: number): Promise<void>;
  waitForTitle(id: string, title: string): Promise<void>;
  reload(): Promise<void>;
}

export async function openStatePage(context: BrowserContext, options: PageOptions): Promise<StatePage> {
  const { url, origin = url, database, freshToken } = options;
  const address = `${origin}/state.html`;
  const body = `<!doctype html><meta charset="utf-8"><title>state</title><script>shown = globalThis</script><script src="/holdfast.global.js"></script>`;
  await context.route(address, (route) => route.fulfill({ contentType: "text/html", body }));
  await context.route(`${origin}/holdfast.global.js`, (route) => route.fulfill({ path: SCRIPT }));
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.addInitScript(`onStatus = ${options.onStatus ?? "() => {}"}`);
  if (freshToken !== undefined) await page.exposeFunction("freshToken", freshToken);

  const start = async (): Promise<void> => {
    await page.goto(address);
    await page.evaluate(
      ({ at, name, hasTokens }) => {
        const { createClient, indexedDb } = shown.Holdfast;
        shown.client = createClient({
          url: at,
          projectId: "p1",
          ...(name === undefined ? {} : { persistence: indexedDb(name) }),
          ...(hasTokens ? { namespace: "/mobile", auth: { getToken: () => shown.freshToken() } } : {}),
        });
        shown.statuses = [];
        shown.client.status.subscribe(() => {
          const { name: status } = shown.client.status.getSnapshot();
          if (shown.statuses.at(-1) !== status) shown.statuses.push(status);
          shown.onStatus();
        });
        // It may never be live here: tests wait for what they expect.
        shown.client.connect().catch(() => {});
      },
      { at: url, name: database, hasTokens: freshToken !== undefined },
    );
  };
  await start();

  return {
    page,
    errors,
    reload: start,
    async waitForStatus(name, timeoutMs = PATIENCE_MS) {
      await page.waitForFunction((wanted) => shown.client.status.getSnapshot().name === wanted, name, {
        timeout: timeoutMs,
      });
    },
    statuses: () => page.evaluate(() => shown.statuses),
    titles: () =>
      page.evaluate(() => Object.fromEntries(shown.client.tasks.list().map(({ id, title }) => [id, title]))),
    async write(taskId, newTitle) {
      await page.evaluate(
        ({ id, title }) => {
          const { tasks } = shown.client;
          if (tasks.get(id) === undefined) tasks.create({ id, title });
          else tasks.update(id, (draft) => void Object.assign(draft, { title }));
        },
        { id: taskId, title: newTitle },
      );
    },
    pending: () => page.evaluate(() => shown.client.mutations.getSnapshot().pending.length),
    async waitForPending(count, timeoutMs = PATIENCE_MS) {
      await page.waitForFunction(
        (wanted) => shown.client.mutations.getSnapshot().pending.length === wanted,
        count,
        { timeout: timeoutMs },
      );
    },
    async waitForTitle(taskId, wantedTitle) {
      await page.waitForFunction(
        ({ id, title }) => shown.client.tasks.get(id)?.title === title,
        { id: taskId, title: wantedTitle },
        { timeout: PATIENCE_MS },
      );
    },
  };
}
