import { signToken } from "../../auth/sign-token.ts";
import type { DemoControls } from "../../http/demo-routes.ts";
import { saveNext } from "./workspace.ts";

/** Short enough to see it expire and be refreshed, in milliseconds. */
const TOKEN_MS = 20_000;

export interface ControlsOptions {
  /** Signs the page's tokens; without one it gets none. */
  readonly secret: string | undefined;
  /** `HOLDFAST_SUPERVISED=1` says that somebody starts this process again. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The watched folder with the module that a visitor may save. */
  readonly workspace: string;
}

/** What the demo page can break or change: its token, the server itself, and a module. */
export function createControls({ secret, env, workspace }: ControlsOptions): DemoControls {
  return {
    save: () => saveNext(workspace),
    ...(secret === undefined
      ? {}
      : {
          token: () =>
            signToken({ secret, userId: "visitor", projects: "*", lifetimeMs: TOKEN_MS, now: Date.now() }),
        }),
    ...(env["HOLDFAST_SUPERVISED"] === "1" ? { crash: () => process.kill(process.pid, "SIGKILL") } : {}),
  };
}
