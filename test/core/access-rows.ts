import type { ClientEventName, RELAYS } from "../../sdk/protocol/index.ts";

/** Who may: anybody who is connected, those who read the project, those who edit it. */
export type Needs = "nobody" | "viewer" | "editor";
export type Name = ClientEventName | "register-client" | keyof typeof RELAYS;

export interface Row {
  readonly needs: Needs;
  readonly payload: (projectId: string) => unknown;
  /** Events without a project of their own are about the handshake's: no foreign one can be named. */
  readonly isOwnOnly?: true;
}

export const session = (projectId: string) => `session-${projectId}`;
export const registration = { pushData: { pushRecepients: [{ cdObjId: { resourceGuid: "g" } }] } };
let n = 0;

/** Every client event of the contract: the compiler says when one is missing. */
export const MATRIX: Readonly<Record<Name, Row>> = {
  "auth:refresh": { needs: "nobody", payload: () => ({ token: "same" }) },
  ping: { needs: "nobody", payload: () => undefined },
  "state:sync": { needs: "viewer", payload: (projectId) => ({ projectId }) },
  "project:list": { needs: "nobody", payload: () => undefined },
  "project:subscribe": { needs: "viewer", payload: (projectId) => ({ projectId }) },
  "project:unsubscribe": { needs: "nobody", payload: (projectId) => ({ projectId }) },
  subscribe: { needs: "nobody", payload: (projectId) => ({ sessionIds: [session(projectId)] }) },
  unsubscribe: { needs: "nobody", payload: () => undefined },
  "session:subscribe": { needs: "nobody", payload: (projectId) => [session(projectId)] },
  "session:unsubscribe": { needs: "nobody", payload: (projectId) => [session(projectId)] },
  mutate: {
    needs: "editor",
    payload: (projectId) => ({
      mutationId: `c:${++n}`,
      projectId,
      op: "create",
      collection: "tasks",
      id: `t${n}`,
      value: { title: "x" },
    }),
  },
  "mail:send": {
    needs: "editor",
    payload: (projectId) => ({ projectId, toSessionId: session(projectId), subject: "s", body: "b" }),
  },
  "session:reply-input": {
    needs: "editor",
    payload: (projectId) => ({ projectId, sessionId: session(projectId) }),
  },
  "session:spawn": { needs: "editor", payload: (projectId) => ({ projectId, name: "x" }) },
  "session:modal_action": {
    needs: "editor",
    payload: (projectId) => ({ projectId, sessionId: session(projectId), modalId: "m", action: 1 }),
  },
  "focus:set": {
    needs: "editor",
    payload: (projectId) => ({ projectId, sessionId: session(projectId), focused: true }),
  },
  "focus:sync": { needs: "viewer", payload: (projectId) => ({ projectId }) },
  "channel:subscribe": { needs: "viewer", payload: (projectId) => ({ projectId, channel: "c" }) },
  "channel:unsubscribe": { needs: "nobody", payload: (projectId) => ({ projectId, channel: "c" }) },
  "channel:publish": { needs: "editor", payload: (projectId) => ({ projectId, channel: "c", data: 1 }) },
  "terminal:register": {
    needs: "editor",
    payload: (projectId) => ({ sessionId: `new-${projectId}-${++n}`, ptyId: `${n}`, projectId }),
  },
  "terminal:output": { needs: "nobody", payload: () => ({ ptyId: "none", data: "x" }) },
  "terminal:resized": { needs: "nobody", payload: () => ({ ptyId: "none", cols: 1, rows: 1 }) },
  "terminal:exit": { needs: "nobody", payload: () => ({ ptyId: "none" }) },
  "terminal:watch": { needs: "viewer", payload: (projectId) => ({ sessionId: session(projectId) }) },
  "terminal:unwatch": { needs: "nobody", payload: (projectId) => ({ sessionId: session(projectId) }) },
  "terminal:ack": {
    needs: "nobody",
    payload: (projectId) => ({ sessionId: session(projectId), epoch: "e", offset: 0 }),
  },
  "terminal:input": {
    needs: "editor",
    payload: (projectId) => ({ sessionId: session(projectId), input: "x" }),
  },
  "terminal:resize": {
    needs: "editor",
    payload: (projectId) => ({ sessionId: session(projectId), cols: 9, rows: 9 }),
  },
  heartbeat: { needs: "editor", payload: () => ({ status: "up" }), isOwnOnly: true },
  "session:report": { needs: "editor", payload: () => ({ type: "progress" }), isOwnOnly: true },
  "session:take": { needs: "editor", payload: () => ({ sessionId: session("p1") }), isOwnOnly: true },
  "register-client": { needs: "viewer", payload: () => registration, isOwnOnly: true },
  "dev-save": { needs: "editor", payload: () => ({}), isOwnOnly: true },
  "dev-build-start": { needs: "editor", payload: () => ({}), isOwnOnly: true },
  "dev-build-complete": { needs: "editor", payload: () => ({}), isOwnOnly: true },
  "dev-error": { needs: "editor", payload: () => ({}), isOwnOnly: true },
  "ide-push-save": { needs: "editor", payload: () => ({}), isOwnOnly: true },
};
