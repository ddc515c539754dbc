import type { Entry } from "./inspectable.ts";

export interface SyncLine {
  readonly at: number;
  readonly outcome: string;
  readonly reason: string;
  /** Entities and events that came. */
  readonly changed: number;
  readonly durationMs: number;
}

export interface TerminalLine {
  readonly sessionId: string;
  readonly status: string;
  readonly offset: number;
  readonly lagBytes: number;
}

/** What the trace says about now. */
export interface Summary {
  readonly position?: string;
  readonly connectionId?: string;
  /** Epoch milliseconds. */
  readonly tokenExpiresAt?: number;
  readonly tokenNote?: string;
  /** Newest first, five at most. */
  readonly syncs: readonly SyncLine[];
  readonly terminals: readonly TerminalLine[];
}

const fieldsOf = (detail: unknown): Readonly<Record<string, unknown>> =>
  typeof detail === "object" && detail !== null ? { ...detail } : {};
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Reads a trace from its newest entry back; stops nowhere early, since the ring is short. */
export function summarize(entries: readonly Entry[]): Summary {
  let position: string | undefined;
  let seqAfter: number | undefined;
  let connectionId: string | undefined;
  let tokenExpiresAt: number | undefined;
  let tokenNote: string | undefined;
  const syncs: SyncLine[] = [];
  const terminals = new Map<string, TerminalLine>();

  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry === undefined) continue;
    const { at, kind, name } = entry;
    const detail = fieldsOf(entry.detail);
    if (kind === "in" && position === undefined && typeof detail["seq"] === "number") {
      seqAfter ??= detail["seq"];
    }
    if (kind === "in" && name === "connection_status" && detail["namespace"] !== "/terminal") {
      connectionId ??= textOf(detail["connectionId"]);
      if (typeof detail["tokenExpiresAt"] === "number") tokenExpiresAt ??= detail["tokenExpiresAt"];
    }
    if (kind === "auth") {
      tokenNote ??= [name, textOf(detail["reason"]) ?? textOf(detail["code"])].filter(Boolean).join(": ");
      if (typeof detail["expiresAt"] === "number") tokenExpiresAt ??= detail["expiresAt"];
    }
    if (kind === "sync" && name === "sync") {
      const to = fieldsOf(detail["to"]);
      position ??= `${textOf(to["epoch"])} : ${seqAfter ?? numberOf(to["seq"])}`;
      const counts = fieldsOf(detail["counts"]);
      if (syncs.length < 5) {
        syncs.push({
          at,
          outcome: textOf(detail["outcome"]) ?? "",
          reason: textOf(detail["reason"]) ?? "",
          changed: ["upserted", "patched", "removed"].reduce((sum, key) => sum + numberOf(counts[key]), 0),
          durationMs: numberOf(detail["durationMs"]),
        });
      }
    }
    const sessionId = kind === "terminal" ? textOf(detail["sessionId"]) : undefined;
    if (sessionId !== undefined && !terminals.has(sessionId)) {
      const { offset, lagBytes } = detail;
      terminals.set(sessionId, {
        sessionId,
        status: name,
        offset: numberOf(offset),
        lagBytes: numberOf(lagBytes),
      });
    }
  }
  return {
    ...(position === undefined ? {} : { position }),
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(tokenExpiresAt === undefined ? {} : { tokenExpiresAt }),
    ...(tokenNote === undefined ? {} : { tokenNote }),
    syncs,
    terminals: [...terminals.values()].filter(({ status }) => status !== "detached"),
  };
}
