import { describeStatus } from "./describe-status.ts";
import { createTable, make } from "./dom.ts";
import { createFrames } from "./frames.ts";
import type { Inspectable } from "./inspectable.ts";
import { summarize } from "./summary.ts";

const clockTime = (at: number): string => new Date(at).toISOString().slice(11, 23);

function lifeOf(expiresAt: number | undefined, now: number): string {
  if (expiresAt === undefined) return "none, or one that does not expire";
  const seconds = Math.round((expiresAt - now) / 1_000);
  return seconds < 0 ? `expired ${-seconds} s ago` : `expires in ${seconds} s`;
}

/** The open inspector: everything there is to know, top to bottom. */
export function createPanel(client: Inspectable): { readonly element: HTMLElement; draw(now: number): void } {
  const facts = make("dl");
  const pending = createTable(
    "Pending",
    ["write", "entity", "state", "tries"],
    "Nothing waits for the server.",
  );
  const syncs = createTable("Catch-ups", ["at", "how", "why", "changed", "ms"], "None yet.");
  const terminals = createTable("Terminals", ["session", "state", "offset", "behind"], "None attached.");
  const frames = createFrames(client);
  let shown = "";

  return {
    element: make(
      "section",
      { className: "panel", ariaLabel: "Holdfast inspector" },
      facts,
      pending.element,
      syncs.element,
      terminals.element,
      frames.element,
    ),
    draw(now) {
      const entries = client.trace.getSnapshot();
      const summary = summarize(entries);
      const status = client.status.getSnapshot();
      const { remedy } = status.error ?? {};
      const rows = [
        ["Connection", describeStatus(status, now)],
        ...(remedy === undefined ? [] : [["Remedy", remedy]]),
        ["Project", client.projectId],
        ["Position", summary.position ?? "none yet"],
        ["Client", client.clientId],
        ["Socket", summary.connectionId ?? "none yet"],
        ["Token", [lifeOf(summary.tokenExpiresAt, now), summary.tokenNote].filter(Boolean).join("; last: ")],
      ];
      const next = JSON.stringify(rows);
      if (next !== shown) {
        shown = next;
        facts.replaceChildren(
          ...rows.flatMap(([name = "", text = ""]) => [
            make("dt", { textContent: name }),
            make("dd", { textContent: text }),
          ]),
        );
      }
      pending.show(
        client.mutations
          .getSnapshot()
          .pending.map(({ op, collection, entityId, status: state, attempts, error }) => [
            `${op} ${collection}`,
            entityId,
            error === undefined ? state : `${state}, ${error.code}`,
            String(attempts),
          ]),
      );
      syncs.show(
        summary.syncs.map(({ at, outcome, reason, changed, durationMs }) => [
          clockTime(at),
          outcome,
          reason,
          String(changed),
          durationMs.toFixed(1),
        ]),
      );
      terminals.show(
        summary.terminals.map(({ sessionId, status: state, offset, lagBytes }) => [
          sessionId,
          state,
          String(offset),
          `${lagBytes} B`,
        ]),
      );
      frames.draw(entries);
    },
  };
}
