import { createHash } from "node:crypto";
import type { Request, Router } from "express";
import type { Entity } from "../../../sdk/protocol/index.ts";
import { Fault } from "../../core/fault.ts";
import type { Principal } from "../../core/ports/principal.ts";
import { DEFAULT_PROJECT } from "../../core/project-of.ts";
import type { Fields } from "../../core/state/fields.ts";
import { createChange, sendEntity } from "./change.ts";
import { principalOf } from "./principal-of.ts";
import { bodyOf, idempotencyKeyOf, idOf, ifVersionOf, projectNamed } from "./request.ts";
import type { ApiServices } from "./services.ts";

/** Collections by their name in a path. */
export const RESOURCES = {
  tasks: "tasks",
  sessions: "sessions",
  "team-members": "teamMembers",
  mail: "mail",
  projects: "projects",
} as const;

/** Entities over HTTP (protocol section 6): what `mutate` does, with the manners of HTTP. */
export function mountResources(router: Router, services: ApiServices, createId: () => string): void {
  const { store, access } = services;
  const change = createChange(services);

  /** The project of one entity: sessions and projects tell it themselves. */
  async function projectOf(collection: string, id: string, request: Request, body?: Fields): Promise<string> {
    if (collection === "projects") return id;
    const named = projectNamed(request, body);
    if (named !== undefined) return named;
    const known = collection === "sessions" ? await store.projectOfSession(id) : undefined;
    return known ?? DEFAULT_PROJECT;
  }

  /** A session with when its agent was heard last (protocol section 13). */
  function withPresence(collection: string, entity: Entity): Entity {
    const lastHeartbeat = collection === "sessions" ? services.lastHeartbeat(entity.id) : undefined;
    return lastHeartbeat === undefined ? entity : { ...entity, lastHeartbeat };
  }

  for (const [name, collection] of Object.entries(RESOURCES)) {
    router.get(`/${name}`, async (request, response) => {
      const principal = principalOf(response);
      const projectId = projectNamed(request);
      if (collection === "projects" && projectId === undefined) {
        const items = (await store.projects()).filter(({ id }) => access.allows(principal, "read", id));
        return void response.json({ items });
      }
      const of = projectId ?? DEFAULT_PROJECT;
      access.require(principal, "read", of);
      const { items, position } = await store.list(of, collection);
      response.json({ items: items.map((item) => withPresence(collection, item)), ...position });
    });

    router.post(`/${name}`, async (request, response) => {
      const { id: given, projectId: _named, ...fields } = bodyOf(request);
      const principal = principalOf(response);
      const id = given === undefined ? newId(collection, principal, request) : idOf("id", given);
      const projectId =
        (collection === "projects" ? id : undefined) ??
        projectNamed(request, bodyOf(request)) ??
        DEFAULT_PROJECT;
      const value = collection === "mail" ? { fromSessionId: `http:${principal.userId}`, ...fields } : fields;
      await change(request, response, projectId, {
        op: "create",
        collection,
        value,
        ...(id === undefined ? {} : { id }),
      });
    });

    router.get(`/${name}/:id`, async (request, response) => {
      const id = idOf("id", request.params["id"]);
      const projectId = await projectOf(collection, id, request);
      access.require(principalOf(response), "read", projectId);
      const entity = await store.entity(projectId, collection, id);
      if (entity === undefined) throw new Fault("NOT_FOUND", `There is no ${name}/${id}`);
      sendEntity(response, withPresence(collection, entity));
    });

    router.patch(`/${name}/:id`, async (request, response) => {
      const id = idOf("id", request.params["id"]);
      const body = bodyOf(request);
      const { projectId: _named, ...value } = body;
      const projectId = await projectOf(collection, id, request, body);
      const ifVersion = ifVersionOf(request);
      await change(request, response, projectId, { op: "merge", collection, id, value, ifVersion });
    });

    router.delete(`/${name}/:id`, async (request, response) => {
      const id = idOf("id", request.params["id"]);
      const projectId = await projectOf(collection, id, request);
      const ifVersion = ifVersionOf(request);
      await change(request, response, projectId, { op: "remove", collection, id, ifVersion });
    });
  }

  /** A project is its own project: its id must be known before, and be the same when the request comes again. */
  function newId(collection: string, { userId }: Principal, request: Request): string | undefined {
    if (collection !== "projects") return undefined;
    const key = idempotencyKeyOf(request);
    if (key === undefined) return createId();
    return createHash("sha256")
      .update(JSON.stringify([userId, key]))
      .digest("hex")
      .slice(0, 24);
  }
}
