import type { DevBuild, DevError, DevSave, RELAYS } from "../protocol/index.ts";

/**
 * What tools and pages of one resource tell one another, by the name it is sent under.
 * The shapes are those this package sends; others' are relayed as they are and not checked.
 */
export interface DevEvents {
  readonly "dev-save": DevSave;
  readonly "dev-build-start": DevBuild;
  readonly "dev-build-complete": DevBuild;
  readonly "dev-error": DevError;
  readonly "ide-push-save": Readonly<Record<string, unknown>>;
}

export type DevEventName = keyof DevEvents;

/** What each is called where it arrives. The type holds it to the protocol, whose own table comes with its schemas. */
export const HEARD_AS: typeof RELAYS = {
  "dev-save": "push-dev-save",
  "dev-build-start": "push-dev-build-start",
  "dev-build-complete": "push-dev-build-complete",
  "dev-error": "push-dev-error",
  "ide-push-save": "push-ide-save",
};

/** A payload as an object, whichever of its two forms it came in; `undefined` for anything else. */
export function readPayload(payload: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof payload !== "string") {
    const isObject = typeof payload === "object" && payload !== null && !Array.isArray(payload);
    // An object that is no array.
    return isObject ? (payload as Readonly<Record<string, unknown>>) : undefined;
  }
  try {
    const parsed: unknown = JSON.parse(payload);
    return typeof parsed === "string" ? undefined : readPayload(parsed);
  } catch {
    return undefined;
  }
}
