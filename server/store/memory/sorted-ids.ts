/** The ids of a collection in order, for pages. Costs nothing until the first page is asked for. */
export interface SortedIds {
  added(id: string): void;
  /** Up to `limit` live ids above `after`, in rising order. */
  after(after: string | undefined, limit: number): string[];
}

const SLACK = 64;

/**
 * Keeps a sorted array from the first page on: ids that came since are sorted alone and merged in, ids that went are
 * skipped and left out at the next merge.
 */
export function createSortedIds(live: ReadonlyMap<string, unknown>): SortedIds {
  let sorted: string[] | undefined;
  let fresh: string[] = [];

  function settle(): string[] {
    if (sorted === undefined) return [...live.keys()].sort();
    if (fresh.length === 0) return sorted;
    return mergeSorted(
      sorted.filter((id) => live.has(id)),
      fresh.filter((id) => live.has(id)).sort(),
    );
  }

  return {
    added(id) {
      if (sorted === undefined) return;
      fresh.push(id);
      // Nobody turns pages any more: the next first page sorts anew.
      if (fresh.length > live.size + SLACK) {
        sorted = undefined;
        fresh = [];
      }
    },
    after(after, limit) {
      sorted = settle();
      fresh = [];
      const page: string[] = [];
      for (let at = after === undefined ? 0 : placeAfter(sorted, after); page.length < limit; at += 1) {
        const id = sorted[at];
        if (id === undefined) break;
        if (live.has(id)) page.push(id);
      }
      return page;
    },
  };
}

function mergeSorted(left: readonly string[], right: readonly string[]): string[] {
  const merged: string[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    const next = b === undefined || (a !== undefined && a <= b) ? a : b;
    if (next === undefined) break;
    if (next === a) l += 1;
    else r += 1;
    // An id that went and came back stands in both.
    if (merged.at(-1) !== next) merged.push(next);
  }
  return merged;
}

function placeAfter(sorted: readonly string[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && candidate > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
