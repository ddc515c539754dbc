/**
 * How every browser test starts Chromium: the system's own binary (`CHROMIUM_PATH` overrides it).
 * No sandbox, because a sandbox cannot start as root; no `/dev/shm`, because containers give it 64 MiB.
 */
export function chromiumLaunch(): { executablePath: string; args: string[] } {
  return {
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  };
}
