import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineCommand } from "../../server/bin/command.ts";
import { parseFlags } from "../../server/bin/flags.ts";
import { serveFlags } from "../../server/config.ts";
import { scratchFolder } from "./command-process.ts";

const serve = defineCommand({
  name: "serve",
  summary: "",
  examples: [],
  flags: serveFlags,
  run: async () => 0,
});
const share = defineCommand({
  name: "share",
  summary: "",
  examples: [],
  flags: z.object({ session: z.string().min(1).meta({ value: "ID" }) }),
  positional: ["DIR"],
  rest: "COMMAND...",
  run: async () => 0,
});

const parse = (args: string[], env: Record<string, string> = {}) => parseFlags(serve, args, env);
const refusal = (args: string[], env?: Record<string, string>): string => {
  try {
    parse(args, env);
  } catch (error) {
    return String(error);
  }
  throw new Error("it was taken");
};

describe("flags", () => {
  test("have their defaults, and tell what was given", () => {
    const { flags, given } = parse([]);
    expect(flags).toMatchObject({
      port: 3000,
      host: "127.0.0.1",
      store: ".holdfast",
      origin: [],
      demo: false,
    });
    expect(flags.localTrust).toBeUndefined();
    expect([...given]).toEqual([]);
  });

  test("are written with a space or with =, and lists by repeating", () => {
    const { flags, given } = parse([
      "--port",
      "8080",
      "--origin=https://a.com",
      "--origin",
      "https://b.com/",
    ]);
    expect(flags).toMatchObject({ port: 8080, origin: ["https://a.com", "https://b.com"] });
    expect([...given]).toEqual(["port", "origin"]);
  });

  test("that are switches are turned off by --no-", () => {
    expect(parse(["--local-trust"]).flags.localTrust).toBe(true);
    expect(parse(["--no-local-trust"]).flags.localTrust).toBe(false);
    expect(parse(["--local-trust=false"]).flags.localTrust).toBe(false);
  });

  test("come from the environment too; the command line wins", () => {
    const env = {
      HOLDFAST_PORT: "1",
      HOLDFAST_HOST: "::1",
      HOLDFAST_JWT_SECRET: "s",
      HOLDFAST_ORIGIN: "https://a.com, https://b.com",
      HOLDFAST_LOCAL_TRUST: "no",
      HOLDFAST_STORE: "",
    };
    expect(parse(["--port", "2"], env).flags).toMatchObject({
      port: 2,
      host: "::1",
      jwtSecret: "s",
      origin: ["https://a.com", "https://b.com"],
      localTrust: false,
      store: ".holdfast",
    });
  });

  test("come from a file last", async () => {
    const file = join(await scratchFolder(), "holdfast.json");
    const settings = {
      port: 1,
      "jwt-secret": "s",
      jwks: "https://a.com",
      origin: "https://a.com",
      "local-trust": false,
    };
    await writeFile(file, JSON.stringify(settings));
    expect(parse(["--config", file, "--port", "2"], { HOLDFAST_JWKS: "https://b.com" }).flags).toMatchObject({
      port: 2,
      jwtSecret: "s",
      jwks: "https://b.com",
      origin: ["https://a.com"],
      localTrust: false,
    });
    await writeFile(file, '{"prot": 1}');
    expect(refusal(["--config", file])).toContain('unknown setting "prot"; did you mean "port"?');
    await writeFile(file, '{"port": "x"}');
    expect(refusal(["--config", file])).toContain("--port x: a port is a number");
    await writeFile(file, "{");
    expect(refusal(["--config", file])).toContain("cannot be read as JSON");
  });

  test("of a command with a rest leave it alone", () => {
    const { rest, positional } = parseFlags(share, ["src", "--session", "s", "--", "ls", "--port", "--"], {});
    expect({ rest, positional }).toEqual({ rest: ["ls", "--port", "--"], positional: ["src"] });
  });
});

describe("a command line that cannot be meant is refused in one line with the mend", () => {
  test.each([
    [["--prot", "1"], "unknown flag --prot; did you mean --port?"],
    [["--no-local-trus"], "unknown flag --no-local-trus; did you mean --no-local-trust?"],
    [["--frobnicate"], "unknown flag --frobnicate; leave it out"],
    [["-p"], "unknown flag -p; leave it out"],
    [["--port"], "--port needs a value: --port PORT"],
    [["--port", "--demo"], "--port needs a value: --port PORT"],
    [["--port", "abc"], "--port abc: a port is a number from 0 to 65535"],
    [["--port", "70000"], "--port 70000: a port is a number from 0 to 65535"],
    [["--port", "-1"], "--port -1: a port is a number from 0 to 65535"],
    [["--port=1", "--port=2"], "--port is given twice; give it once"],
    [["--origin", "a.com"], "--origin a.com: write an origin as https://app.example.com"],
    [
      ["--origin", "https://a.com", "--origin", "b"],
      "--origin b: write an origin as https://app.example.com",
    ],
    [["--default-access", "admin"], "--default-access admin: one of editor, viewer, none"],
    [["--store", "redis://"], "--store redis://: give a folder, memory, or redis://HOST:PORT"],
    [["--store", "mysql://x"], "--store mysql://x: give a folder, memory, or redis://HOST:PORT"],
    [["--jwt-secret="], "--jwt-secret: give 32 random bytes or more"],
    [["--demo=maybe"], '--demo: "maybe" is neither true nor false; write one of them'],
    [["3000"], '"3000" is one argument too many; leave it out'],
    [["--", "x"], "nothing may follow --"],
  ])("%j", (args, line) => {
    expect(refusal(args)).toBe(`UsageError: ${line}`);
  });

  test("also when the environment is wrong", () => {
    expect(refusal([], { HOLDFAST_PORT: "x" })).toContain("--port x: a port is a number");
    expect(refusal([], { HOLDFAST_DEMO: "maybe" })).toContain("HOLDFAST_DEMO");
  });

  test("also when something is missing", () => {
    expect(() => parseFlags(share, ["src"], {})).toThrow("--session is missing: give --session ID");
    expect(() => parseFlags(share, ["--session", "s"], {})).toThrow("DIR is missing; give it");
  });
});
