import { z } from "zod";
import {
  BUILT_IN,
  channelPublishSchema,
  focusSetSchema,
  HTTP_STATUS,
  idSchema,
  PROTOCOL_VERSION,
  SERVER_FIELDS,
  WIRE_CODES,
} from "../../../sdk/protocol/index.ts";
import { RESOURCES } from "./resources.ts";

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const inJson = (schema: Json, type = "application/json"): Json => ({ content: { [type]: { schema } } });
const answer = (description: string, schema?: Json): Json => ({
  description,
  ...(schema === undefined ? {} : inJson(schema)),
});
const asSchema = (schema: z.ZodType): Json => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
};

const projectId: Json = {
  name: "projectId",
  in: "query",
  description:
    "Project it is about; the body may name it too. Default `default`; sessions are found without.",
  schema: asSchema(idSchema),
};
const pathId: Json = { name: "id", in: "path", required: true, schema: asSchema(idSchema) };
const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
});
const ifMatch = header("If-Match", 'Version the change is for, `"3"`; another one is a conflict.');
const idempotencyKey = header(
  "Idempotency-Key",
  "Any id: the same key with the same request is carried out once.",
);

const SERVER_OWNED: Json = {
  type: "object",
  properties: {
    id: asSchema(idSchema),
    projectId: asSchema(idSchema),
    ...Object.fromEntries(
      ["version", "seq", "createdAt", "updatedAt"].map((name) => [name, { type: "integer" }]),
    ),
  },
  required: SERVER_FIELDS.filter((name) => name !== "projectId"),
};

/** The HTTP API as an OpenAPI 3.1 document, made from the schemas that it is judged by. */
export function openApiDocument(): Json {
  const schemas: Record<string, Json> = { Problem: problemSchema() };
  const paths: Record<string, Json> = {};
  for (const [name, collection] of Object.entries(RESOURCES)) {
    const kind = BUILT_IN[collection].singular;
    const entity = kind.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    schemas[`${entity}Fields`] = asSchema(BUILT_IN[collection].schema);
    schemas[entity] = { allOf: [ref(`${entity}Fields`), SERVER_OWNED] };
    Object.assign(paths, resourcePaths(name, entity, kind.replace("_", " ")));
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: String(PROTOCOL_VERSION),
      description: "The HTTP side of the wire protocol.",
    },
    security: [{}, { bearer: [] }],
    paths: { ...paths, ...claimPaths(), ...otherPaths() },
    components: {
      schemas,
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

function operation(summary: string, parameters: readonly Json[], responses: Json, body?: Json): Json {
  return {
    summary,
    parameters,
    responses: {
      ...responses,
      default: { description: "Refused", ...inJson(ref("Problem"), "application/problem+json") },
    },
    ...(body === undefined ? {} : { requestBody: { required: true, ...body } }),
  };
}

function resourcePaths(name: string, entity: string, noun: string): Record<string, Json> {
  const list: Json = {
    type: "object",
    properties: {
      items: { type: "array", items: ref(entity) },
      epoch: { type: "string" },
      seq: { type: "integer" },
    },
    required: ["items"],
  };
  const one = { 200: answer(`The ${noun}`, ref(entity)) };
  const patch = inJson({ type: "object" }, "application/merge-patch+json");
  return {
    [`/api/${name}`]: {
      get: operation(`Every ${noun} of a project`, [projectId], {
        200: answer("With the position they are at", list),
      }),
      post: operation(
        `Makes a ${noun}`,
        [projectId, idempotencyKey],
        { 201: answer("As it was made", ref(entity)) },
        inJson(ref(`${entity}Fields`)),
      ),
    },
    [`/api/${name}/{id}`]: {
      get: operation(`One ${noun}`, [pathId, projectId], one),
      patch: operation(
        `Changes a ${noun} (RFC 7396)`,
        [pathId, projectId, ifMatch, idempotencyKey],
        one,
        patch,
      ),
      delete: operation(`Removes a ${noun}`, [pathId, projectId, ifMatch, idempotencyKey], {
        204: answer("Removed"),
      }),
    },
  };
}

function claimPaths(): Record<string, Json> {
  const body = inJson({ type: "object", properties: { sessionId: asSchema(idSchema) } });
  const task = { 200: answer("The task", ref("Task")) };
  const path = (verb: string, summary: string): [string, Json] => [
    `/api/tasks/{id}/${verb}`,
    { post: operation(summary, [pathId, projectId, idempotencyKey], task, body) },
  ];
  return Object.fromEntries([
    path("claim", "Claims a task for a session"),
    path("release", "Releases a claimed task"),
  ]);
}

function otherPaths(): Record<string, Json> {
  const channel: Json = { ...pathId, name: "channel" };
  return {
    "/api/terminal/focus": {
      put: operation(
        "Brings a session to the front, or back",
        [],
        { 200: answer("The project's focus", { type: "object" }) },
        inJson(asSchema(focusSetSchema)),
      ),
    },
    "/api/channels/{channel}": {
      post: operation(
        "Publishes to a channel",
        [channel],
        { 201: answer("Where it stands in the channel", { type: "object" }) },
        inJson(asSchema(channelPublishSchema.omit({ channel: true }))),
      ),
    },
  };
}

function problemSchema(): Json {
  return {
    type: "object",
    description: "RFC 9457, with the fields that acks have.",
    properties: {
      type: { type: "string" },
      title: { type: "string" },
      status: { type: "integer", enum: [...new Set(Object.values(HTTP_STATUS))] },
      detail: { type: "string" },
      success: { const: false },
      error: { type: "string" },
      code: { type: "string", enum: WIRE_CODES },
      details: { type: "object" },
      retryAfterMs: { type: "integer" },
    },
    required: ["type", "title", "status", "detail", "success", "error", "code"],
  };
}
