import type { ClientEventName, Failure, MutateAck } from "../../../sdk/protocol/index.ts";
import { failureOf } from "../fault.ts";
import type { Caller, Handlers, Refused } from "../handler.ts";
import type { Principal } from "../ports/principal.ts";
import { DEFAULT_PROJECT, projectOf } from "../project-of.ts";
import type { Draft } from "../state/draft.ts";
import type { Operation } from "../state/operation.ts";
import { plan } from "../state/plan.ts";
import { type Answered, createExactlyOnce, type ExactlyOnceDeps, type Remembered } from "./exactly-once.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { fieldOf, idIn, type Numbered, numberIn, numberOf, rememberedFor } from "./numbered.ts";
import { createOrder, isFinal } from "./order.ts";
import { plainJson, serverOperation } from "./server-operation.ts";

export interface MutationsDeps extends ExactlyOnceDeps {
  readonly createId: () => string;
}

/** A change asked for outside of sockets; `id` may be left to the server. */
export type Requested = Operation extends infer O
  ? O extends { op: "create" }
    ? Omit<O, "id"> & { id?: string }
    : O
  : never;

export interface ExecuteOptions {
  /** Any id: the same key with the same operation is carried out once. */
  readonly idempotencyKey?: string | undefined;
}

/** What a change outside of sockets came to; refusals that are final are answers too. */
export type Executed = (MutateAck & { readonly success: true }) | (Failure & { readonly replayed?: true });

/** A shortcut: what it asks for, without how it is sent. */
export interface Shortcut {
  readonly event: ClientEventName;
  readonly projectId: string;
  readonly mutationId: string | undefined;
  readonly body: object;
  readonly decide: (draft: Draft) => MutateAck & object;
}

/** Events that carry a mutationId. */
const NUMBERED: readonly ClientEventName[] = [
  "mutate",
  "mail:send",
  "session:reply-input",
  "session:spawn",
  "session:modal_action",
];

/** Mutations by socket, shortcut and HTTP: one service, exactly once and in order (protocol section 6). */
export function createMutations(deps: MutationsDeps) {
  const once = createExactlyOnce(deps);
  const order = createOrder();
  const { changes, createId } = deps;

  /** Takes a numbered mutation of a socket through its turn. */
  function numbered(
    caller: Caller,
    number: Numbered,
    request: Shortcut,
    ackedThrough?: number,
  ): Promise<Answered> {
    const { event: name, projectId, decide } = request;
    const remembered = rememberedFor(caller, number, fingerprintOf(name, request.body), ackedThrough);
    const turn = order.begin(caller, number.clientId, number.n, projectId, ackedThrough);
    const { mutationId } = number;
    return once({ name, projectId, principal: caller.principal, remembered, mutationId, turn, decide });
  }

  const handlers: Handlers<"mutate"> = {
    mutate(caller, payload) {
      const { collection, id, mutationId, ackedThrough } = payload;
      const projectId = collection === "projects" ? id : projectOf(caller, payload.projectId);
      const planDeps = changes.planDeps();
      const decide = (draft: Draft): MutateAck => plan(draft, payload, planDeps);
      return acked(
        numbered(
          caller,
          numberOf(mutationId),
          { event: "mutate", projectId, mutationId, body: payload, decide },
          ackedThrough,
        ),
      );
    },
  };

  /** How a mutation is answered that was refused before it was read: final refusals are kept, others block the rest. */
  function refused(event: ClientEventName): Refused {
    return async (caller, payload, fault): Promise<Failure> => {
      const number = numberIn(payload);
      if (number === undefined) return failureOf(fault);
      if (!isFinal(fault)) {
        order.refuse(caller, number.clientId, number.n, fault);
        return failureOf(fault);
      }
      const projectId = projectNamed(caller, payload);
      if (projectId === undefined || !deps.access.allows(caller.principal, "read", projectId))
        return failureOf(fault);
      const refuse = (): never => {
        throw fault;
      };
      const body = typeof payload === "object" && payload !== null ? payload : {};
      const mutationId = number.mutationId;
      return acked<Failure>(numbered(caller, number, { event, projectId, mutationId, body, decide: refuse }));
    };
  }

  /** An answer that was kept is an ack of its event: its fingerprint holds the event's name. */
  const acked = <A>(answered: Promise<Answered>): Promise<A | Failure> => answered as Promise<A | Failure>;

  return {
    handlers,
    refusals: Object.fromEntries(NUMBERED.map((event) => [event, refused(event)])),

    /** Carries out a shortcut; with a mutationId it has the same promise as `mutate`. */
    shortcut<A>(caller: Caller, request: Shortcut): Promise<A | Failure> {
      const { event: name, projectId, mutationId, decide } = request;
      if (mutationId !== undefined) return acked(numbered(caller, numberOf(mutationId), request));
      return acked(once({ name, projectId, principal: caller.principal, decide }));
    },

    /**
     * The same service for HTTP and `server.mutate`.
     * @param principal absent: the server itself, whose values are taken as JSON keeps them
     * @throws Fault
     */
    async execute(
      projectId: string,
      principal: Principal | undefined,
      requested: Requested,
      { idempotencyKey }: ExecuteOptions = {},
    ): Promise<Executed> {
      // An id that is left out is made here, not while deciding: that may run again.
      const named: Operation =
        requested.op === "create" ? { ...requested, id: requested.id ?? createId() } : requested;
      const operation = principal === undefined ? serverOperation(named) : named;
      const remembered: Remembered | undefined =
        idempotencyKey === undefined
          ? undefined
          : {
              owner: `@http ${principal?.userId ?? ""}`,
              key: idempotencyKey,
              fingerprint: fingerprintOf("http", requested),
            };
      const planDeps = changes.planDeps();
      const name = `http ${operation.op}`;
      const decide = (draft: Draft): MutateAck => plan(draft, operation, planDeps);
      const answered = await once({ name, projectId, principal, remembered, decide });
      // As `acked` says. What the store holds must not be within reach of the application.
      return (principal === undefined ? plainJson(answered) : answered) as Executed;
    },
  };
}

export type Mutations = ReturnType<typeof createMutations>;

/** The project of a payload nobody has judged yet; `undefined` when it cannot be told. */
function projectNamed(caller: Caller, payload: unknown): string | undefined {
  const own =
    fieldOf(payload, "collection") === "projects" ? idIn(payload, "id") : idIn(payload, "projectId");
  if (own === false) return undefined;
  return own ?? caller.projectId ?? DEFAULT_PROJECT;
}
