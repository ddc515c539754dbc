import type { MeterCounter, MeterTimer } from "../core/ports/meter.ts";

/** What a metric says, and the labels it may have; any other is dropped, so that nothing a client chose becomes one. */
export interface MetricName {
  readonly help: string;
  readonly labels: readonly string[];
}

export type GaugeName = keyof typeof GAUGES;

/** Counted as it happens; `_total` is added to the name. */
export const COUNTERS: Readonly<Record<MeterCounter, MetricName>> = {
  events_received: { help: "Client events taken in, by event", labels: ["event"] },
  events_unknown: { help: "Client events nobody knows, by namespace", labels: ["namespace"] },
  fields_unknown: { help: "Fields of client events nobody knows, by event", labels: ["event"] },
  events_refused: { help: "Client events refused, by code", labels: ["code"] },
  events_delivered: { help: "Domain events handed to sockets", labels: [] },
  frames_sent: { help: "Frames encoded for the network", labels: [] },
  syncs: { help: "State syncs answered, by mode", labels: ["mode"] },
  mutations: { help: "Mutations decided, by outcome", labels: ["outcome", "op"] },
  connections_rejected: {
    help: "Connections rejected, by namespace and code",
    labels: ["namespace", "code"],
  },
  slow_disconnects: { help: "Sockets closed for not reading", labels: ["namespace"] },
  http_responses: { help: "HTTP requests answered, by status", labels: ["status"] },
  send_errors: { help: "Sends that failed", labels: ["namespace"] },
};

/** Durations; `_seconds` is added to the name. */
export const TIMERS: Readonly<Record<MeterTimer, MetricName>> = {
  ack: { help: "From a client event to its ack, in seconds", labels: ["event"] },
};

/** Looked up when Prometheus asks. */
export const GAUGES = {
  connections: { help: "Open Engine.IO connections", labels: [] },
  sockets: { help: "Attached sockets, by namespace", labels: ["namespace"] },
  unsent_bytes: { help: "Bytes handed to sockets that have not left, by namespace", labels: ["namespace"] },
  unsent_bytes_max: { help: "The same of the slowest socket, by namespace", labels: ["namespace"] },
  in_flight: { help: "Events and commits under way", labels: [] },
  terminals: { help: "Live terminals", labels: [] },
  terminal_viewers: { help: "Viewers of terminals", labels: [] },
  terminal_lag_bytes: { help: "Bytes of output that viewers of terminals have not acked", labels: [] },
  terminal_lag_bytes_max: { help: "The same of the viewer furthest behind", labels: [] },
} as const satisfies Readonly<Record<string, MetricName>>;
