import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An empty home for all that tests start, gone with this process. Shells read a profile there: somebody's own may take
 * seconds, or hold a lock that stays when a test kills the shell. npm goes on with the settings of the user.
 */
export function emptyHome(): Record<string, string> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-home-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const settings = process.env["npm_config_userconfig"] ?? join(homedir(), ".npmrc");
  return { HOME: home, npm_config_userconfig: settings };
}
