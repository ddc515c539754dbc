import type { z } from "zod";
import type { Issue } from "../../sdk/protocol/index.ts";
import { badRequest, type Fault } from "./fault.ts";
import { depthOf } from "./json-depth.ts";

/** Deeper values than this would overflow the stack of whoever walks them; nobody's entity is. */
export const MAX_DEPTH = 64;

/**
 * What a schema makes of a payload; `null` and `undefined` are none, which is `{}`.
 * @throws Fault `BAD_REQUEST` with the path of each fault within the payload
 */
export function parseWith<T>(schema: z.ZodType<T>, payload: unknown): T {
  if (depthOf(payload, MAX_DEPTH) > MAX_DEPTH) {
    throw badRequest("The payload is nested too deeply", [
      { path: [], message: `at most ${MAX_DEPTH} levels` },
    ]);
  }
  const parsed = schema.safeParse(payload ?? {});
  if (parsed.success) return parsed.data;
  throw unfit(parsed.error);
}

/** The fault a failed parse becomes, told by its first issue. */
function unfit(error: z.ZodError): Fault {
  const issues = flatten(error.issues, []).slice(0, 32);
  const [first] = issues;
  return badRequest(first === undefined ? "The payload does not fit" : sentence(first), issues);
}

/** Of a union only the branch that came furthest tells something about what was meant. */
function flatten(issues: readonly z.core.$ZodIssue[], at: Issue["path"]): Issue[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
    if (issue.code !== "invalid_union" || issue.errors.length === 0)
      return [{ path, message: issue.message }];
    const branches = issue.errors.map((branch) => flatten(branch, path));
    return branches.reduce((best, branch) => (furthest(branch) > furthest(best) ? branch : best));
  });
}

function furthest(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function sentence(issue: Issue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}
