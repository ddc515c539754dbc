// @vitest-environment jsdom
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { act, render } from "@testing-library/react";
import { createElement } from "react";
import { createRoot } from "solid-js";
import { get } from "svelte/store";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { effectScope } from "vue";
import { createCell } from "../../sdk/util/source.ts";
import { blocksOf } from "./pages.ts";

const FOLDER = ".build/docs/recipes";
type Recipe = Record<string, (...args: never[]) => unknown>;
let recipes: Record<string, Recipe>;

const cell = createCell("first", (error) => {
  throw error;
});

/** Subscribers that are still there. */
let followers = 0;
const source = {
  getSnapshot: cell.getSnapshot,
  subscribe(listener: () => void) {
    followers += 1;
    const stop = cell.subscribe(listener);
    return () => {
      followers -= 1;
      stop();
    };
  },
};

beforeAll(async () => {
  await mkdir(FOLDER, { recursive: true });
  recipes = {};
  for (const { language, file, code } of await blocksOf("docs/recipes.md")) {
    if (language !== "ts" || file === undefined) continue;
    const path = join(FOLDER, `${file}.ts`);
    await writeFile(path, code);
    recipes[file] = (await import(join(process.cwd(), path))) as Recipe;
  }
});

beforeEach(() => {
  cell.set("first");
  followers = 0;
});

/** A recipe as a test calls it: what it takes and gives is checked by what is seen. */
const recipe = (file: string, name: string): ((...args: unknown[]) => unknown) =>
  recipes[file]?.[name] as (...args: unknown[]) => unknown;

it("Vue: a ref follows the source for as long as its scope lives", () => {
  const scope = effectScope();
  const value = scope.run(() => recipe("vue", "useSource")(source)) as { value: string };
  cell.set("second");
  expect(value.value).toBe("second");
  scope.stop();
  expect(followers).toBe(0);
});

it("Svelte: a store has the value at once, follows it, and lets go", () => {
  const store = recipe("svelte", "toStore")(source) as Parameters<typeof get>[0];
  expect(get(store)).toBe("first");
  const seen: unknown[] = [];
  const stop = store.subscribe((value) => seen.push(value));
  cell.set("second");
  stop();
  cell.set("third");
  expect(seen).toEqual(["first", "second"]);
  expect(followers).toBe(0);
});

it("Solid: a signal follows the source until its root is disposed of", () => {
  createRoot((dispose) => {
    const value = recipe("solid", "fromSource")(source) as () => string;
    cell.set("second");
    expect(value()).toBe("second");
    dispose();
  });
  expect(followers).toBe(0);
});

it("Plain DOM: draws at once and after each change, until it is aborted", () => {
  const { signal, abort } = { signal: new AbortController(), abort: undefined };
  const seen: unknown[] = [];
  recipe("dom", "draw")(source, (value: unknown) => seen.push(value), signal.signal);
  cell.set("second");
  signal.abort(abort);
  cell.set("third");
  expect(seen).toEqual(["first", "second"]);
  expect(followers).toBe(0);
});

it("React: a component shows the state of a client it owns", async () => {
  const Board = recipe("react", "Board") as unknown as Parameters<typeof createElement>[0];
  const { container, unmount } = render(createElement(Board, { url: "http://127.0.0.1:9" } as object));
  await act(() =>
    expect.poll(() => container.textContent).toMatch(/^(connecting|waiting): 0 open, first: none$/),
  );
  unmount();
});
