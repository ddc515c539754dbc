import type { Wire } from "../../connection/transport.ts";
import type { MemoryNetwork } from "../memory-transport.ts";
import { at, textAt } from "../suite/read.ts";

/** Events that no change of an entity makes, but a word of the agent of a session. */
export interface ReportReplay {
  /** Says again what made this event; `false` for events of other origin. @throws Error when it was refused */
  heard(event: string, envelope: unknown): Promise<boolean>;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  "notify:progress": "progress",
  "session:modal": "modal",
  "session:modal_closed": "modal_closed",
};

export function createReportReplay(network: MemoryNetwork, projectId: string): ReportReplay {
  const closers: (() => void)[] = [];
  const agents = new Map<string, Promise<Wire>>();

  function agentOf(sessionId: string): Promise<Wire> {
    const known = agents.get(sessionId);
    if (known !== undefined) return known;
    const transport = network.connect({ url: "memory:", timeoutMs: 1_000 });
    closers.push(() => transport.close());
    const made = new Promise<Wire>((resolve, reject) => {
      const wire = transport.join(
        "/cli",
        { projectId, sessionId, protocol: 1 },
        {
          joined: () => resolve(wire),
          event: () => undefined,
          closed: (cause) => reject(new Error(`the agent of ${sessionId} is disconnected: ${cause.kind}`)),
        },
      );
    });
    agents.set(sessionId, made);
    return made;
  }

  return {
    async heard(event, envelope) {
      const type = TYPES[event];
      if (type === undefined) return false;
      const data = at(envelope, "data");
      const wire = await agentOf(textAt(data, "sessionId"));
      const answer = await new Promise((resolve) => {
        // An object: a field of it was just read. The session is the agent's own.
        wire.request("session:report", { ...(data as object), sessionId: undefined, type }, resolve);
      });
      if (at(answer, "success") !== true) throw new Error(`session:report: ${String(at(answer, "error"))}`);
      return true;
    },
    close() {
      for (const close of closers) close();
    },
  };
}
