import type { Keys } from "./keys.ts";
import type { Link } from "./link.ts";
import { SWEEP } from "./read-scripts.ts";

/** Sessions taken out by one script. */
const AT_ONCE = 200;

/**
 * Takes the sessions of a cleared project out of the places, step by step. They do not count any more as it is; this
 * only gives their room back. What is left when the store closes is taken up by the next one that opens.
 * @param place `era projectId`
 */
export async function sweepSessions(
  link: Link,
  keys: Keys,
  place: string,
  isClosing: () => boolean,
): Promise<void> {
  const space = place.indexOf(" ");
  const ids = keys.of(place.slice(space + 1)).gone(Number(place.slice(0, space)));
  let hasMore = true;
  while (hasMore && !isClosing()) {
    hasMore = (await link.ask(SWEEP, [ids, keys.sessions, keys.gone], [place, AT_ONCE])) === 1;
  }
}
