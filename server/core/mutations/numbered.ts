import { idSchema, mutationIdSchema } from "../../../sdk/protocol/index.ts";
import type { Caller } from "../handler.ts";
import type { Remembered } from "./exactly-once.ts";

/** A mutationId, taken apart. */
export interface Numbered {
  readonly mutationId: string;
  readonly clientId: string;
  readonly n: number;
}

/** @param mutationId one that fits its schema */
export function numberOf(mutationId: string): Numbered {
  const colon = mutationId.lastIndexOf(":");
  return { mutationId, clientId: mutationId.slice(0, colon), n: Number(mutationId.slice(colon + 1)) };
}

/** What a payload that was refused unread still says about itself. */
export function numberIn(payload: unknown): Numbered | undefined {
  const mutationId = mutationIdSchema.safeParse(fieldOf(payload, "mutationId"));
  return mutationId.success ? numberOf(mutationId.data) : undefined;
}

/** The id a field of such a payload holds; `false` when it holds something else. */
export function idIn(payload: unknown, field: string): string | undefined | false {
  const value = fieldOf(payload, field);
  if (value === undefined || value === null) return undefined;
  const id = idSchema.safeParse(value);
  return id.success && id.data;
}

export function fieldOf(payload: unknown, field: string): unknown {
  if (typeof payload !== "object" || payload === null || !Object.hasOwn(payload, field)) return undefined;
  // It is an own property.
  return (payload as Readonly<Record<string, unknown>>)[field];
}

/** Mutations are remembered by user and client; no client id holds a space, so no two pairs meet. */
export function rememberedFor(
  caller: Caller,
  { clientId, n }: Numbered,
  fingerprint: string,
  ackedThrough?: number,
): Remembered {
  return { owner: `${clientId} ${caller.principal.userId}`, key: String(n), fingerprint, n, ackedThrough };
}
