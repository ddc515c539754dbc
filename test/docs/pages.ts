import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Block {
  readonly page: string;
  readonly language: string;
  /** `file=` of the fence, where the page names one. */
  readonly file: string | undefined;
  readonly code: string;
}

/** Every page a reader may come to. */
export async function pages(): Promise<string[]> {
  const docs = await readdir("docs", { recursive: true });
  const inDocs = docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "THIRD-PARTY.md", ...inDocs].sort();
}

/** The fenced code of a page, in order. */
export async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(page, "utf8");
  const fences = text.matchAll(/^```(\w*)(?: +(?:file=([\w-]+))?[^\n]*)?\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language = "", file, code = ""]) => ({ page, language, file, code }));
}
