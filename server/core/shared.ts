import type { Attachment } from "./attachment.ts";
import { type Attachments, clientKey } from "./attachments.ts";
import { createSharedActivity } from "./focus/shared-activity.ts";
import type { Bus } from "./ports/bus.ts";
import type { Clock } from "./ports/clock.ts";
import { createReplacement } from "./replacement.ts";

export interface SharedDeps {
  /** Default: this server is alone. */
  readonly bus: Bus | undefined;
  readonly serverId: string;
  readonly clock: Clock;
  readonly attachments: Pick<Attachments, "ofClient">;
  /** A session was active on another server. */
  readonly heard: (sessionId: string, at: number) => void;
}

/** What servers tell one another by messages: which clients came, which sessions are active. */
export interface Shared {
  attached(attachment: Attachment): void;
  detached(attachment: Attachment): void;
  touched(sessionId: string, at: number): void;
  dispose(): void;
}

const NOTHING: Shared = {
  attached: () => undefined,
  detached: () => undefined,
  touched: () => undefined,
  dispose: () => undefined,
};

export function createShared({ bus, serverId, clock, attachments, heard }: SharedDeps): Shared {
  if (bus === undefined) return NOTHING;
  const activity = createSharedActivity({ bus, clock, heard });
  const replacement = createReplacement({
    ...{ bus, serverId },
    liveOne: attachments.ofClient,
    keyOf: clientKey,
  });
  return {
    attached: replacement.attached,
    detached: replacement.detached,
    touched: activity.touched,
    dispose() {
      activity.dispose();
      replacement.dispose();
    },
  };
}
