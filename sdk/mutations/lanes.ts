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
  /** Rising, since a lane's numbers are opened in order. */
  readonly open: Set<number>;
}

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const lane = (clientId: string): Lane => {
    const known = lanes.get(clientId);
    if (known !== undefined) return known;
    const created: Lane = { highest: 0, open: new Set() };
    lanes.set(clientId, created);
    return created;
  };
  return {
    take(clientId) {
      const own = lane(clientId);
      own.highest += 1;
      return own.highest;
    },
    open(clientId, n) {
      const own = lane(clientId);
      own.open.add(n);
      own.highest = Math.max(own.highest, n);
    },
    close: (clientId, n) => void lane(clientId).open.delete(n),
    ackedThrough(clientId) {
      const { open, highest } = lane(clientId);
      const [lowest] = open;
      return lowest === undefined ? highest : lowest - 1;
    },
  };
}
