import type { Failure } from "../../../sdk/protocol/index.ts";
import type { Decision, Store, View } from "../../store/store.ts";
import { Fault, failureOf } from "../fault.ts";
import type { FaultOf } from "../fault-of.ts";
import type { Access } from "../handler.ts";
import type { InFlight } from "../in-flight.ts";
import type { Clock } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import type { Principal } from "../ports/principal.ts";
import type { Changes } from "../state/changes.ts";
import type { Draft } from "../state/draft.ts";
import { isFinal, type Turn } from "./order.ts";

export interface ExactlyOnceDeps {
  readonly store: Store;
  readonly changes: Changes;
  readonly access: Access;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly faultOf: FaultOf;
  readonly inFlight: InFlight;
}

/** Under what a request is remembered. */
export interface Remembered {
  /** Project aside: user and client, or user and HTTP. */
  readonly owner: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Of a numbered mutation. */
  readonly n?: number;
  readonly ackedThrough?: number | undefined;
}

export interface Request {
  readonly name: string;
  readonly projectId: string;
  /** Absent: the server itself, which may do everything. */
  readonly principal?: Principal | undefined;
  readonly remembered?: Remembered | undefined;
  readonly mutationId?: string | undefined;
  readonly turn?: Turn | undefined;
  /** Decides the change and gives the fields of its ack. Pure; may run again. */
  readonly decide: (draft: Draft) => object;
}

/** What the caller is told: an ack as it was kept, or as it was just made. */
export type Answered =
  | (object & { readonly success: true; readonly replayed?: true })
  | (Failure & { readonly replayed?: true });

/**
 * Carries out a change once, whatever the number of times it is asked for: the answer is kept in the transaction of
 * the change, a repetition gets it again (protocol section 6). Refusals that are final are kept like successes.
 */
export function createExactlyOnce(deps: ExactlyOnceDeps) {
  const { store, changes, access, clock, meter, faultOf } = deps;

  function decide(request: Request, view: View): Decision<Answered> {
    const { remembered, principal, projectId, turn, mutationId } = request;
    if (remembered !== undefined) {
      const replayed = recall(view, remembered);
      if (replayed !== undefined) return { result: replayed };
      turn?.judge(view.highest(remembered.owner));
    }
    const draft = changes.draft(view, mutationId);
    const keep = (ack: Answered) =>
      remembered === undefined
        ? undefined
        : { ...remembered, ackedThrough: remembered.ackedThrough ?? 0, ack, at: clock.now() };
    try {
      if (principal !== undefined) access.require(principal, "mutate", projectId);
      const ack: Answered = { success: true, ...request.decide(draft) };
      return draft.decide(ack, keep(ack));
    } catch (error) {
      // A refusal that is final is an answer like any other; what the draft held is dropped with it.
      if (!(error instanceof Fault) || !isFinal(error)) throw error;
      const ack: Answered = failureOf(error);
      const answer = keep(ack);
      return answer === undefined ? { result: ack } : { result: ack, answer };
    }
  }

  return async function once(request: Request): Promise<Answered> {
    const { name, projectId, principal, turn } = request;
    try {
      // Strangers leave no trace in a project, not even a refusal.
      if (principal !== undefined && !access.allows(principal, "read", projectId)) {
        throw new Fault("FORBIDDEN", "No access to this project");
      }
      if (turn?.ready !== undefined) await turn.ready;
      const answered = await deps.inFlight.track(store.transact(projectId, (view) => decide(request, view)));
      const confirmed = turn?.confirm();
      if (confirmed !== undefined) await confirmed;
      turn?.settle();
      const outcome = answered.replayed ? "replayed" : answered.success ? "applied" : "refused";
      meter.count("mutations", { outcome });
      return answered;
    } catch (error) {
      const fault = faultOf(error, name);
      turn?.settle(fault);
      meter.count("mutations", { outcome: "failed" });
      throw fault;
    }
  };
}

/** The answer this request got before, if it did. */
function recall(view: View, { owner, key, fingerprint, n }: Remembered): Answered | undefined {
  const known = view.answer(owner, key);
  if (known !== undefined) {
    if (known.fingerprint !== fingerprint) {
      throw new Fault("CONFLICT", "The same id was used for another request", { details: { reused: true } });
    }
    // Only `decide` above writes answers.
    return { ...(known.ack as Answered), replayed: true };
  }
  if (n !== undefined && n <= view.highest(owner)) {
    throw new Fault("CONFLICT", "The answer to this mutation is not kept any more", {
      details: { expired: true },
    });
  }
  return undefined;
}
