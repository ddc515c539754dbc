import type { Check, Fact, FactNeeds, StateFacts } from "./fact.ts";
import { agents } from "./facts/agents.ts";
import { bootstrap } from "./facts/bootstrap.ts";
import { channels } from "./facts/channels.ts";
import { connecting } from "./facts/connecting.ts";
import { devSync } from "./facts/dev-sync.ts";
import { domainEvents } from "./facts/events.ts";
import { focus } from "./facts/focus.ts";
import { mutations } from "./facts/mutations.ts";
import { refusals } from "./facts/refusals.ts";
import { rejections } from "./facts/rejections.ts";
import { sync } from "./facts/sync.ts";

/** Sections 2–7, 9 and 11–13 of the protocol, by conversation. */
const CONVERSATIONS: readonly (readonly [section: string, state: StateFacts])[] = [
  ["rejected connections", rejections],
  ["connecting", connecting],
  ["refusals", refusals],
  ["sync", sync],
  ["domain events", domainEvents],
  ["mutations", mutations],
  ["focus", focus],
  ["channels", channels],
  ["bootstrap replay", bootstrap],
  ["agents", agents],
  ["dev-sync", devSync],
];

export function allFacts(): readonly (Fact & { readonly section: string })[] {
  return CONVERSATIONS.flatMap(([section, state]) => factsOf(state).map((fact) => ({ section, ...fact })));
}

function factsOf(state: StateFacts): readonly Fact[] {
  const facts: Fact[] = [];
  state((name: string, ...rest: readonly [Check] | readonly [FactNeeds, Check]) => {
    const [needs, check] = rest.length === 2 ? rest : [{}, rest[0]];
    facts.push({ name, ...needs, check });
  });
  return facts;
}
