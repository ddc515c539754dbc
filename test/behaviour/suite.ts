import type { OpenServer } from "./server-under-test.ts";
import { describeAgents } from "./suite/agents.ts";
import { describeBootstrap } from "./suite/bootstrap.ts";
import { describeChannels } from "./suite/channels.ts";
import { describeConnecting } from "./suite/connecting.ts";
import { describeDevSync } from "./suite/dev-sync.ts";
import { describeEvents } from "./suite/events.ts";
import { describeFocus } from "./suite/focus.ts";
import { describeMutations } from "./suite/mutations.ts";
import { describeRefusals } from "./suite/refusals.ts";
import { describeSync } from "./suite/sync.ts";

/** Sections 2–7, 9 and 11–13 of the protocol as facts that hold on any transport. */
export function runBehaviourSuite(name: string, open: OpenServer): void {
  describeConnecting(name, open);
  describeRefusals(name, open);
  describeSync(name, open);
  describeEvents(name, open);
  describeMutations(name, open);
  describeFocus(name, open);
  describeChannels(name, open);
  describeBootstrap(name, open);
  describeAgents(name, open);
  describeDevSync(name, open);
}
