import { randomUUID } from "node:crypto";
import type { Browser } from "playwright";
import { signToken } from "../../server/auth/sign-token.ts";
import { elapse } from "../support/elapse.ts";
import { startProxy } from "../support/proxy.ts";
import { createServedFolder } from "../support/served.ts";
import { openStatePage } from "./state-page.ts";

/** What a page saw that was left open. */
export interface Watched {
  /** From the moment it was first live. */
  readonly statuses: readonly string[];
  /** TCP connections after that. */
  readonly connections: number;
  readonly tokens: number;
  /** The last of the edits made once a token life was taken, by the page and by nobody else. */
  readonly titles: Readonly<Record<string, string>>;
  readonly edits: number;
  readonly errors: readonly string[];
}

/** Leaves a page open for `durationMs` with tokens of `lifeMs`, and lets it write once a life. */
export async function watchTokens(browser: Browser, lifeMs: number, durationMs: number): Promise<Watched> {
  const secret = randomUUID();
  const folder = await createServedFolder();
  const server = await folder.serve(["--port", "0", "--jwt-secret", secret]);
  const proxy = await startProxy(server.port);
  // A page that playwright fulfils counts as a stranger's, which has to ask before it may connect to this machine.
  const context = await browser.newContext({ permissions: ["local-network-access"] });
  try {
    let tokens = 0;
    const watched = await openStatePage(context, {
      url: `http://127.0.0.1:${proxy.port}`,
      origin: server.url,
      freshToken() {
        tokens += 1;
        return signToken({ secret, userId: "ada", projects: "*", lifetimeMs: lifeMs, now: Date.now() });
      },
    });
    await watched.waitForStatus("live");
    const before = { statuses: (await watched.statuses()).length, connections: proxy.accepted };
    let edits = 0;
    for (const end = Date.now() + durationMs; Date.now() < end; ) {
      await elapse(Math.min(lifeMs, Math.max(0, end - Date.now())));
      edits += 1;
      await watched.write("a", `a${edits}`);
      await watched.waitForPending(0);
    }
    return {
      statuses: (await watched.statuses()).slice(before.statuses),
      connections: proxy.accepted - before.connections,
      tokens,
      titles: await watched.titles(),
      edits,
      errors: watched.errors,
    };
  } finally {
    await context.close();
    await proxy.close();
    await folder.dispose();
  }
}
