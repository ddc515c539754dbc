/**
 * A copy of the value as it will be after its way over the wire.
 * @throws TypeError for what JSON cannot hold (cycles, bigint).
 */
export function toJson(value: unknown): unknown {
  return typeof value === "string" ? value : (JSON.parse(JSON.stringify(value) ?? "null") as unknown);
}
