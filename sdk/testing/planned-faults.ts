import type { WireCode } from "../protocol/codes.ts";

export interface RejectOptions {
  /** Only this event; `connect` for a connection. Default: whatever comes next, housekeeping aside. */
  readonly event?: string;
  /** Default: a sentence that names the mock. */
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

export interface NextOptions {
  /** Only this event. Default: whatever comes next, housekeeping aside. */
  readonly event?: string;
}

export interface Rejection extends RejectOptions {
  readonly code: WireCode;
}

/** Faults that wait for what they are meant for: first in, first used. */
export interface PlannedFaults {
  reject(rejection: Rejection): void;
  dropAck(options: NextOptions): void;
  duplicate(options: NextOptions): void;
  /** The refusal of a connection that is asked for. */
  rejectionOfConnection(): Rejection | undefined;
  rejectionOf(event: string): Rejection | undefined;
  dropsAckOf(event: string): boolean;
  duplicates(event: string): boolean;
  clear(): void;
}

/** What clients send by themselves, at moments that no test chooses. */
const HOUSEKEEPING: ReadonlySet<string> = new Set([
  "auth:refresh",
  "channel:unsubscribe",
  "ping",
  "heartbeat",
]);

/** Codes that a connection can be refused with (protocol section 3); the others are meant for events. */
const OF_CONNECTIONS: ReadonlySet<WireCode> = new Set<WireCode>([
  "UNAUTHENTICATED",
  "TOKEN_EXPIRED",
  "FORBIDDEN",
  "BAD_REQUEST",
  "UNSUPPORTED_VERSION",
  "UNAVAILABLE",
  "RATE_LIMITED",
  "SHUTTING_DOWN",
]);

export function createPlannedFaults(): PlannedFaults {
  const rejections: Rejection[] = [];
  const lostAcks: NextOptions[] = [];
  const doubles: NextOptions[] = [];

  function take<T extends NextOptions>(plans: T[], isMeant: (plan: T) => boolean): T | undefined {
    const at = plans.findIndex(isMeant);
    return at === -1 ? undefined : plans.splice(at, 1)[0];
  }
  const means = ({ event }: NextOptions, sent: string): boolean =>
    event === undefined ? !HOUSEKEEPING.has(sent) : event === sent;

  return {
    reject: (rejection) => void rejections.push(rejection),
    dropAck: (options) => void lostAcks.push(options),
    duplicate: (options) => void doubles.push(options),
    rejectionOfConnection: () =>
      take(rejections, ({ event, code }) =>
        event === undefined ? OF_CONNECTIONS.has(code) : event === "connect",
      ),
    rejectionOf: (event) => take(rejections, (plan) => means(plan, event)),
    dropsAckOf: (event) => take(lostAcks, (plan) => means(plan, event)) !== undefined,
    duplicates: (event) =>
      event !== "connection_status" && take(doubles, (plan) => means(plan, event)) !== undefined,
    clear() {
      rejections.length = 0;
      lostAcks.length = 0;
      doubles.length = 0;
    },
  };
}
