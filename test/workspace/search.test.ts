import { describe, expect, test } from "vitest";
import type { SearchAnswer } from "../../sdk/agent/workspace/search/search-request.ts";
import { readSearchRequest } from "../../sdk/agent/workspace/search/search-request.ts";
import { createSearcher } from "../../sdk/agent/workspace/search/searcher.ts";
import { scratch } from "./scratch.ts";

async function asked(files: Readonly<Record<string, string>>, ...questions: unknown[]) {
  const { folder } = scratch(files);
  const answers: SearchAnswer[] = [];
  const errors: unknown[] = [];
  const searcher = createSearcher({
    folder,
    paths: () => [...Object.keys(files), "gone.txt"],
    now: () => 0,
    answer: async (answer) => void answers.push(answer),
    onError: (error) => errors.push(error),
  });
  const closed = new Promise<void>((resolve) => {
    for (const question of questions) searcher.hear(question);
    resolve();
  }).then(() => expect.poll(() => answers.filter(({ finished }) => finished).length).toBe(questions.length));
  await closed;
  await searcher.close();
  expect(errors).toEqual([]);
  return answers;
}

describe("a search", () => {
  test("finds a text in text files, with its place", async () => {
    const files = { "a.js": "one\n  Two()\n", "b.bin": "two\0", "c.js": "none" };
    expect(await asked(files, { query: "two", id: "q1" })).toEqual([
      {
        ...{ query: "two", id: "q1", count: 1, total: 1, finished: true },
        results: [{ file: "a.js", line: 2, column: 3, text: "  Two()" }],
      },
    ]);
    expect(await asked(files, { query: "two", caseSensitive: true })).toMatchObject([
      { count: 0, finished: true },
    ]);
  });

  test("streams what it finds, and counts what is beyond the limit", async () => {
    const files = { "a.js": "x\n".repeat(120), "b.js": "x\n".repeat(500) };
    const answers = await asked(files, { query: "x", limit: 130 });
    expect(answers.length).toBeGreaterThan(2);
    expect(answers.flatMap(({ results }) => results)).toHaveLength(130);
    expect(answers.at(-1)).toMatchObject({ count: 130, total: 620, finished: true });
    expect(answers.slice(0, -1).every(({ finished }) => !finished)).toBe(true);
  });

  test("is one of eight that wait; a ninth is told to come back", async () => {
    const questions = Array.from({ length: 9 }, (_, n) => ({ query: "x", id: String(n) }));
    const answers = await asked({ "a.js": "x" }, ...questions);
    expect(answers.filter(({ error }) => error !== undefined)).toMatchObject([{ id: "8", finished: true }]);
    expect(answers.filter(({ results }) => results.length === 1)).toHaveLength(8);
  });

  test.each([
    null,
    "x",
    { query: "" },
    { query: 1 },
    { query: "x".repeat(1_001) },
    { query: "x", results: [] },
  ])("is not %j", (data) => {
    expect(readSearchRequest(data)).toBeUndefined();
  });
});
