/** Buckets of a collection: a snapshot of 50,000 is 128 records, one edit rewrites 400 entities. */
const BUCKETS = 128;

/** FNV-1a: spreads ids that differ in a few characters. */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}
