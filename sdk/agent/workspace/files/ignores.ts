import { readFileSync } from "node:fs";
import { join } from "node:path";
import createRules, { type Ignore } from "ignore";

/** Files whose lines say what is not watched, in the order in which a later one wins. */
const RULE_FILES = [".gitignore", ".holdfastignore"] as const;

/** Never looked into, whatever the rules say: others' files by the ten thousand, and what changes with every look. */
const NEVER: ReadonlySet<string> = new Set([".git", "node_modules", ".holdfast"]);

/** What editors leave beside a file while it is open; a rule file may bring them back. */
const EDITORS = ["*.swp", "*.swo", "*.swx", "*~", ".#*", "4913", ".DS_Store"];

/** Which paths of a folder are not watched: the rules of git, by the files of each folder on the way. */
export interface Ignores {
  /** @param path relative to the watched folder, POSIX */
  matches(path: string, isFolder: boolean): boolean;
  /** Whether a change of this file changes what is watched. */
  isRuleFile(path: string): boolean;
}

/**
 * Reads rule files as they are met and keeps them: make another when one changes.
 * @param top the folder where rules begin: that of the repository, or the watched one
 * @param prefix of the watched folder within `top`, POSIX with a `/` at the end, or nothing
 * @param excludes rules of the repository that stand in no folder (`.git/info/exclude`)
 */
export function createIgnores(top: string, prefix = "", excludes = ""): Ignores {
  const rulesOf = new Map<string, Ignore | undefined>();
  const folders = new Map<string, boolean>();
  const base = createRules().add(EDITORS).add(excludes);

  const rulesIn = (folder: string): Ignore | undefined => {
    if (rulesOf.has(folder)) return rulesOf.get(folder);
    const texts = RULE_FILES.map((name) => readText(join(top, folder, name)));
    const rules = texts.every((text) => text === "") ? undefined : createRules().add(texts.join("\n"));
    rulesOf.set(folder, rules);
    return rules;
  };

  /** The innermost rule that speaks of a path decides. */
  const judge = (path: string, isFolder: boolean): boolean => {
    const parts = path.split("/");
    for (let depth = parts.length - 1; depth >= 0; depth -= 1) {
      const rest = parts.slice(depth).join("/") + (isFolder ? "/" : "");
      const rules = rulesIn(parts.slice(0, depth).join("/"));
      const { ignored, unignored } = rules?.test(rest) ?? { ignored: false, unignored: false };
      if (ignored || unignored) return ignored;
    }
    return base.ignores(isFolder ? `${path}/` : path);
  };

  const isFolderIgnored = (folder: string): boolean => {
    if (folder === "") return false;
    const known = folders.get(folder);
    if (known !== undefined) return known;
    // What is in an ignored folder cannot be brought back, as in git.
    const isIgnored = isFolderIgnored(parentOf(folder)) || judge(folder, true);
    folders.set(folder, isIgnored);
    return isIgnored;
  };

  // Who watches a folder that the rules above leave out (a build's output) means that folder.
  if (prefix !== "" && isFolderIgnored(prefix.slice(0, -1))) return createIgnores(join(top, prefix));
  return {
    matches(path, isFolder) {
      if (path === "") return false;
      if (path.split("/").some((part) => NEVER.has(part))) return true;
      const whole = prefix + path;
      return isFolder ? isFolderIgnored(whole) : isFolderIgnored(parentOf(whole)) || judge(whole, false);
    },
    isRuleFile: (path) => RULE_FILES.some((name) => path === name || path.endsWith(`/${name}`)),
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
