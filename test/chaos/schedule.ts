import { randomFrom } from "../store/seed.ts";

/**
 * `write`: somebody edits; `reload`: a page is left and loaded again; `leave`: loaded again after a while; `crash`: it is gone without a word; `cut`: every
 * connection breaks; `restart`: the server is killed and another is there; `renew`: its history is lost; `tokens`: the
 * application's tokens are bad for a while; `sleep`: nothing but time passes.
 */
export type StepKind =
  | "write"
  | "reload"
  | "leave"
  | "crash"
  | "cut"
  | "restart"
  | "renew"
  | "tokens"
  | "sleep";

/** One thing that happens. Holds all it needs, so that a schedule with steps left out still means the same. */
export interface Step {
  readonly kind: StepKind;
  /** From 0 to below 1: which tab, what kind of write, which task, and how long until the next step. */
  readonly tab: number;
  readonly roll: number;
  readonly pick: number;
  readonly waitMs: number;
}

export interface Schedule {
  /** Of the network and of everything the clients draw. */
  readonly seed: number;
  readonly tabs: number;
  readonly steps: readonly Step[];
}

const WEIGHTS: readonly (readonly [StepKind, number])[] = [
  ["write", 0.765],
  ["reload", 0.05],
  ["leave", 0.015],
  ["crash", 0.03],
  ["cut", 0.05],
  ["restart", 0.03],
  ["renew", 0.01],
  ["tokens", 0.025],
  ["sleep", 0.025],
];

const SLEEP_MS = 40_000;

export function scheduleOf(seed: number, length = 60): Schedule {
  const random = randomFrom(seed);
  const kindOf = (roll: number): StepKind => {
    let sum = 0;
    for (const [kind, weight] of WEIGHTS) {
      sum += weight;
      if (roll < sum) return kind;
    }
    return "write";
  };
  const steps = Array.from({ length }, (): Step => {
    const kind = kindOf(random());
    const wait = kind === "sleep" ? SLEEP_MS * random() : 3_000 * random() * random();
    return { kind, tab: random(), roll: random(), pick: random(), waitMs: Math.floor(wait) };
  });
  return { seed, tabs: 2 + (seed % 3), steps };
}
