import type { TerminalRegister } from "../../../../sdk/protocol/index.ts";
import { Fault } from "../../fault.ts";
import type { About, Place, TerminalRelay } from "../../ports/terminal-relay.ts";

type Resume = TerminalRegister["resume"];

/** @throws Fault `CONFLICT` unless the session has no live owner at another server, or the caller holds its key */
export function refuseIntruder(
  relay: Pick<TerminalRelay, "serverId" | "isAlive">,
  place: Place,
  resume: Resume,
): void {
  if (resume?.resumeKey === place.resumeKey) return;
  const isLive = !place.isLost && place.exit === undefined && relay.isAlive(place.home);
  if (isLive && place.home !== relay.serverId) throw new Fault("CONFLICT", "The terminal has a live owner");
  if (resume?.epoch === place.epoch)
    throw new Fault("CONFLICT", "The resumeKey is not that of this terminal");
}

/** What is said of a terminal between the claim and the owner: what was said before, if anything was. */
export function aboutClaim(place: Place | undefined, projectId: string): About {
  if (place === undefined) {
    const settings = { readOnly: false, resizePolicy: "latest", answers: "owner" } as const;
    return { projectId, epoch: "", resumeKey: "", ...settings, isLost: true };
  }
  const { epoch, resumeKey, readOnly, resizePolicy, answers, isLost, exit } = place;
  const ended = exit && { exit };
  return { projectId: place.projectId, epoch, resumeKey, readOnly, resizePolicy, answers, isLost, ...ended };
}
