/**
 * Numbers of the mutations of each clientId. A queue holds its own client's, and those of clients that are gone.
 * `ackedThrough` of a lane: every n up to it has its final answer, so the server may forget its own.
 */
export interface Lanes {
  /** The next number, which may go unused: holes are allowed. */
  take(clientId: string): number;
  open(clientId: string, n: number): void;
  close(clientId: string, n: number): void;
  ackedThrough(clientId: string): number;
}

interface Lane {
  highest: number;
  /** Rising. */
  open: Set<number>;
}

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const lane = (clientId: string): Lane => {
    const found = lanes.get(clientId) ?? { highest: 0, open: new Set() };
    lanes.set(clientId, found);
    return found;
  };
  return {
    take: (clientId) => ++lane(clientId).highest,
    open(clientId, n) {
      const own = lane(clientId);
      own.open.add(n);
      // What comes late, as from a page that is gone, is not last.
      if (n < own.highest) own.open = new Set([...own.open].sort((a, b) => a - b));
      own.highest = Math.max(own.highest, n);
    },
    close: (clientId, n) => void lane(clientId).open.delete(n),
    ackedThrough(clientId) {
      const { open, highest } = lane(clientId);
      const [lowest = highest + 1] = open;
      return lowest - 1;
    },
  };
}
