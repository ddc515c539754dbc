import { describe, expect, test, vi } from "vitest";
import { errorReport } from "../../sdk/dev/error-report.ts";
import { type Accept, createHotModule } from "../../sdk/dev/hot-module.ts";
import type { DevError, DevSave } from "../../sdk/protocol/index.ts";

interface Version {
  readonly name: string;
}

const save = (path: string, hash = "h", event: DevSave["event"] = "change"): DevSave => ({
  ...{ path, hash, event, size: 1, mtime: 1, revision: 1 },
});

function hot(accept: Accept<Version>, also: readonly string[] = []) {
  const loads: { url: string; done(module: Version): void; fail(error: unknown): void }[] = [];
  const failures: DevError[] = [];
  const errors: unknown[] = [];
  let ids = 0;
  const module = createHotModule<Version>({
    ...{ path: "src/a b.js", also, accept },
    base: "http://x/watched/",
    load: (url) => new Promise((done, fail) => void loads.push({ url, done, fail })),
    createId: () => `v${++ids}`,
    onFailure: (report) => failures.push(report),
    onError: (error) => errors.push(error),
  });
  return { module, loads, failures, errors };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a hot module", () => {
  test("is loaded under a URL of its own each time, and hands old and new over", async () => {
    const taken: [Version, Version | undefined, string | undefined][] = [];
    const cleaned: string[] = [];
    const { module, loads } = hot(({ module: now, previous, hash, dispose }) => {
      taken.push([now, previous, hash]);
      dispose(() => cleaned.push(now.name));
      // The old one still runs while the new one takes over.
      expect(cleaned).toEqual([]);
    });
    module.reload();
    expect(loads[0]?.url).toBe("http://x/watched/@v1/src/a%20b.js");
    loads[0]?.done({ name: "one" });
    await turn();
    expect(module.getSnapshot()).toEqual({
      module: { name: "one" },
      hash: undefined,
      isLoading: false,
      error: undefined,
    });
    module.saved(save("src/a b.js", "h2"));
    expect(loads[1]?.url).toBe("http://x/watched/@v2/src/a%20b.js");
    loads[1]?.done({ name: "two" });
    await turn();
    expect(taken).toEqual([
      [{ name: "one" }, undefined, undefined],
      [{ name: "two" }, { name: "one" }, "h2"],
    ]);
    expect(cleaned).toEqual(["one"]);
    module.dispose();
    expect(cleaned).toEqual(["one", "two"]);
  });

  test.each(["load", "accept"])("that throws in %s keeps the old one, and says so", async (where) => {
    const cleaned: string[] = [];
    let isBroken = false;
    const { module, loads, failures } = hot(({ module: now, dispose }) => {
      dispose(() => cleaned.push(now.name));
      if (isBroken) throw new Error("cannot start");
    });
    module.reload();
    loads[0]?.done({ name: "one" });
    await turn();
    isBroken = true;
    module.saved(save("src/a b.js"));
    if (where === "load") loads[1]?.fail(new SyntaxError("cannot start"));
    else loads[1]?.done({ name: "two" });
    await turn();
    expect(failures).toMatchObject([{ message: "cannot start", file: expect.any(String) as string }]);
    expect(module.getSnapshot()).toMatchObject({ module: { name: "one" }, isLoading: false });
    expect(module.getSnapshot().error).toBeInstanceOf(Error);
    expect(cleaned).toEqual(where === "load" ? [] : ["two"]);
    isBroken = false;
    module.saved(save("src/a b.js"));
    loads[2]?.done({ name: "three" });
    await turn();
    expect(module.getSnapshot()).toMatchObject({ module: { name: "three" }, error: undefined });
    expect(cleaned.at(-1)).toBe("one");
  });

  test("saved again while it loads is loaded once more, and what was overtaken is never shown", async () => {
    const taken: string[] = [];
    const { module, loads, failures } = hot(({ module: now }) => void taken.push(now.name));
    module.reload();
    module.saved(save("src/a b.js", "h2"));
    module.saved(save("src/a b.js", "h3"));
    loads[0]?.fail(new Error("half written"));
    await turn();
    expect(loads).toHaveLength(2);
    loads[1]?.done({ name: "last" });
    await turn();
    expect(loads).toHaveLength(2);
    expect(taken).toEqual(["last"]);
    expect(failures).toEqual([]);
    expect(module.getSnapshot().hash).toBe("h3");
  });

  test("follows its own file and those it was told of, and no removal", () => {
    const { module, loads } = hot(vi.fn<Accept<Version>>(), ["lib/", "theme.js"]);
    for (const path of ["src/other.js", "library.js", "theme.jsx"]) module.saved(save(path));
    module.saved(save("src/a b.js", "h", "unlink"));
    expect(loads).toHaveLength(0);
    module.saved(save("lib/deep/x.js"));
    expect(loads).toHaveLength(1);
  });

  test("that was disposed of takes nothing over any more", async () => {
    const accept = vi.fn<Accept<Version>>();
    const { module, loads } = hot(accept);
    module.reload();
    module.dispose();
    loads[0]?.done({ name: "late" });
    await turn();
    expect(accept).not.toHaveBeenCalled();
  });

  test("whose clean-up throws is reported, and the rest is cleaned up all the same", async () => {
    const last = vi.fn<() => void>();
    const { module, loads, errors } = hot(({ dispose }) => {
      dispose(() => {
        throw new Error("untidy");
      });
      dispose(last);
    });
    module.reload();
    loads[0]?.done({ name: "one" });
    await turn();
    module.dispose();
    expect(errors).toHaveLength(1);
    expect(last).toHaveBeenCalledOnce();
  });
});

describe("what is told of an error", () => {
  test("names the file of the folder that it came from", () => {
    const error = new Error("boom");
    error.stack = [
      "Error: boom",
      "    at start (http://x/watched/@abc-1/lib/clock.js:3:9)",
      "    at http://x/watched/@abc-1/src/a.js:1:1",
      "    at run (http://x/app.js:9:9)",
    ].join("\n");
    expect(errorReport(error, "src/a.js", "http://x/watched/")).toMatchObject({
      ...{ message: "boom", file: "lib/clock.js", line: 3, column: 9 },
      stack: expect.not.stringContaining("watched") as string,
    });
    error.stack = "start@http://x/watched/@abc-1/lib/clock.js:3:9\n@http://x/app.js:1:1";
    expect(errorReport(error, "src/a.js", "http://x/watched/")).toMatchObject({
      file: "lib/clock.js",
      line: 3,
    });
    error.stack = "Error: boom\n    at run (http://x/app.js:9:9)";
    expect(errorReport(error, "src/a.js", "http://x/watched/")).not.toHaveProperty("line");
    expect(errorReport("a text", "src/a.js", "http://x/watched/")).toEqual({
      message: "a text",
      file: "src/a.js",
    });
  });
});
