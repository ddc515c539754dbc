import type { Request } from "express";
import { z } from "zod";
import { idSchema } from "../../../sdk/protocol/index.ts";
import { badRequest } from "../../core/fault.ts";
import { parseWith } from "../../core/parse-with.ts";
import type { Fields } from "../../core/state/fields.ts";

const bodySchema = z.record(z.string(), z.json());

/** The JSON object of a request. @throws Fault `BAD_REQUEST` */
export function bodyOf(request: Request): Fields {
  const body: unknown = request.body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("The body must be a JSON object", [{ path: [], message: "must be a JSON object" }]);
  }
  return parseWith(bodySchema, body);
}

/** An id from a path, a query or a header. @throws Fault `BAD_REQUEST` with the name as its path */
export function idOf(name: string, value: unknown): string {
  return parseWith(z.object({ [name]: idSchema }), { [name]: value })[name] ?? "";
}

/** The project a request names, in its query or its body. */
export function projectNamed(request: Request, body: Fields = {}): string | undefined {
  const named = request.query["projectId"] ?? body["projectId"];
  return named === undefined || named === null ? undefined : idOf("projectId", named);
}

/** `Idempotency-Key`, any id. */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.get("Idempotency-Key");
  return key === undefined ? undefined : idOf("Idempotency-Key", key);
}

/** The version an `If-Match` asks for; `*` asks for any. @throws Fault `BAD_REQUEST` */
export function ifVersionOf(request: Request): number | undefined {
  const header = request.get("If-Match");
  if (header === undefined || header.trim() === "*") return undefined;
  const version = /^(?:W\/)?"?(\d{1,15})"?$/.exec(header.trim())?.[1];
  if (version === undefined) {
    throw badRequest('If-Match must be a version: "3"', [{ path: ["If-Match"], message: 'write it as "3"' }]);
  }
  return Number(version);
}
