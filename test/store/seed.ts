/** Seed of a random test: `SEED` of the environment, else a fresh one. Printed, so that a failure can be run again. */
export function seedOf(test: string): number {
  const given = Number(process.env["SEED"]);
  const seed =
    Number.isSafeInteger(given) && process.env["SEED"] ? given : Math.floor(Math.random() * 2 ** 31);
  console.info(`${test}: SEED=${seed}`);
  return seed;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
