import type { Request, Response } from "express";
import type { Entity, Failure, Issue } from "../../../sdk/protocol/index.ts";
import type { Fault } from "../../core/fault.ts";
import type { Requested } from "../../core/mutations/mutations.ts";
import { faultOfFailure } from "../fault-of-failure.ts";
import { sendProblem } from "../problem.ts";
import { principalOf } from "./principal-of.ts";
import { idempotencyKeyOf } from "./request.ts";
import type { ApiServices } from "./services.ts";

export type Change = (
  request: Request,
  response: Response,
  projectId: string,
  asked: Requested,
) => Promise<void>;

/** Carries out a change and answers with the entity, or with the problem, that it came to; both may be kept ones. */
export function createChange({ execute }: Pick<ApiServices, "execute">): Change {
  return async (request, response, projectId, asked) => {
    const answer = await execute(projectId, principalOf(response), asked, {
      idempotencyKey: idempotencyKeyOf(request),
    });
    if (answer.replayed) response.setHeader("Idempotency-Replayed", "true");
    if (!answer.success) return sendProblem(response, refusalOf(answer, asked));
    if (answer.result === null) return void response.status(204).end();
    if (asked.op === "create") response.status(201);
    sendEntity(response, answer.result);
  };
}

export function sendEntity(response: Response, entity: Entity): void {
  response.setHeader("ETag", `"${entity.version}"`);
  response.json(entity);
}

function refusalOf(failure: Failure, { op }: Requested): Fault {
  const { details } = failure;
  return faultOfFailure(
    op === "create" && details !== undefined ? { ...failure, details: withinBody(details) } : failure,
  );
}

/** The body of a POST is the `value` of the mutation it becomes: paths are told from the body. */
function withinBody(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Array.isArray(details["issues"])) return details;
  // Only `badRequest` of the core makes details with issues.
  const issues = (details["issues"] as Issue[]).map(({ path, message }) => ({
    path: path[0] === "value" ? path.slice(1) : path,
    message,
  }));
  return { ...details, issues };
}
