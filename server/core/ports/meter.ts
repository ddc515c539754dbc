/** Where the core reports what it did; label values come from fixed sets, never from what a client sent. */
export interface Meter {
  count(name: MeterCounter, labels?: Readonly<Record<string, string>>, by?: number): void;
  /** Records one duration in milliseconds. */
  time(name: MeterTimer, ms: number, labels?: Readonly<Record<string, string>>): void;
}

export type MeterCounter =
  | "events_received"
  | "events_unknown"
  | "fields_unknown"
  | "events_refused"
  | "events_delivered"
  | "frames_sent"
  | "syncs"
  | "mutations"
  | "connections_rejected"
  | "slow_disconnects"
  | "send_errors"
  | "http_responses";

export type MeterTimer = "ack";

export const NO_METER: Meter = { count: () => undefined, time: () => undefined };
