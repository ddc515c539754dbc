import type { Router } from "express";
import { z } from "zod";
import { idSchema } from "../../../sdk/protocol/index.ts";
import { parseWith } from "../../core/parse-with.ts";
import { DEFAULT_PROJECT } from "../../core/project-of.ts";
import { createChange } from "./change.ts";
import { bodyOf, idOf, projectNamed } from "./request.ts";
import type { ApiServices } from "./services.ts";

const claimSchema = z.object({ sessionId: idSchema });
const releaseSchema = z.object({ sessionId: idSchema.optional() });

/** `POST /tasks/:id/claim` and `/release` (protocol section 6). */
export function mountClaims(router: Router, services: ApiServices): void {
  const change = createChange(services);

  router.post("/tasks/:id/claim", async (request, response) => {
    const id = idOf("id", request.params["id"]);
    const body = bodyOf(request);
    const value = parseWith(claimSchema, body);
    const projectId = projectNamed(request, body) ?? (await projectOfSession(value.sessionId));
    await change(request, response, projectId, { op: "claim", collection: "tasks", id, value });
  });

  router.post("/tasks/:id/release", async (request, response) => {
    const id = idOf("id", request.params["id"]);
    const body = request.body === undefined ? {} : bodyOf(request);
    const { sessionId } = parseWith(releaseSchema, body);
    const projectId = projectNamed(request, body) ?? (await projectOfSession(sessionId));
    const value = sessionId === undefined ? {} : { value: { sessionId } };
    await change(request, response, projectId, { op: "release", collection: "tasks", id, ...value });
  });

  /** Session ids are unique in the server: the session says the project when nothing else does. */
  async function projectOfSession(sessionId: string | undefined): Promise<string> {
    const known = sessionId === undefined ? undefined : await services.store.projectOfSession(sessionId);
    return known ?? DEFAULT_PROJECT;
  }
}
