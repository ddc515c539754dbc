import { z } from "zod";
import { LIMITS } from "./limits.ts";

const nameSchema = z.string().min(1).max(LIMITS.titleLength);

/** Field names as in the wild, spelling included. */
export const registerClientSchema = z.looseObject({
  pushData: z.looseObject({
    isAppInit: z.unknown().optional(),
    triggerEvent: z.unknown().optional(),
    appSockets: z.array(z.unknown()).optional(),
    pushRecepients: z
      .array(
        z.looseObject({
          cdObjId: z.looseObject({ resourceGuid: nameSchema, resourceName: nameSchema.optional() }),
          subTypeId: z.unknown().optional(),
        }),
      )
      .min(1)
      .max(LIMITS.roomsPerSocket),
    commTrack: z.looseObject({ completed: z.unknown().optional() }).optional(),
  }),
});
export type RegisterClient = z.infer<typeof registerClientSchema>;

/** One live client of a resource. */
export interface AppSocket {
  readonly socketId: string;
  readonly resourceGuid: string;
  readonly resourceName?: string;
  readonly subTypeId?: unknown;
  readonly connectedAt: number;
}

/** What a relayed event is called on the other side. */
export const RELAYS = {
  "dev-save": "push-dev-save",
  "dev-build-start": "push-dev-build-start",
  "dev-build-complete": "push-dev-build-complete",
  "dev-error": "push-dev-error",
  "ide-push-save": "push-ide-save",
} as const;
export type RelayName = keyof typeof RELAYS;

export interface DevSave {
  readonly path: string;
  readonly event: "add" | "change" | "unlink";
  readonly hash: string;
  readonly size: number;
  readonly mtime: number;
  readonly revision: number;
}

export interface DevBuild {
  readonly buildId: string;
  readonly durationMs?: number;
  readonly files?: readonly string[];
}

export interface DevError {
  readonly buildId?: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly stack?: string;
}
