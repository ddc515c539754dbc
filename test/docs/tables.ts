import type { z } from "zod";
import { CLIENT_EVENTS, type ClientEventName } from "../../sdk/protocol/index.ts";
import { flagSpecs, valueNameOf } from "../../server/bin/flag-specs.ts";
import { serveFlags } from "../../server/config.ts";
import { type Limits, limitsFrom } from "../../server/core/limits.ts";
import { COUNTERS, GAUGES, TIMERS } from "../../server/ops/metric-names.ts";
import { MATRIX, type Name, type Needs } from "../core/access-rows.ts";
import { FRAMES, ROUTES } from "../gateway/access-rows.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");
const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");

const mark = (may: boolean): string => (may ? "yes" : "no");
const allowed = (needs: Needs): string[] => [mark(true), mark(needs !== "editor"), mark(needs === "nobody")];

/** Who may send which event, ask which route, send which frame: the rows the tests go through one by one. */
function access(): string {
  const head = ["", "editor", "viewer", "no role there"];
  const events = Object.entries(MATRIX).map(([name, { needs }]) => {
    const namespaces = Object.hasOwn(CLIENT_EVENTS, name)
      ? // Just seen to be one.
        CLIENT_EVENTS[name as ClientEventName].namespaces
      : ["/"];
    return [
      `\`${name as Name}\` on ${namespaces.map((namespace) => `\`${namespace}\``).join(" ")}`,
      ...allowed(needs),
    ];
  });
  const routes = Object.entries(ROUTES).map(([route, { needs }]) => [`\`${route}\``, ...allowed(needs)]);
  const frames = Object.entries(FRAMES).map(([type, { needs }]) => [`\`${type}\``, ...allowed(needs)]);
  return [
    ["Events", table(head, events)],
    ["HTTP", table(head, routes)],
    ["Frames of a plain WebSocket", table(head, frames)],
  ]
    .map(([title, rows]) => `### ${title}\n\n${rows}`)
    .join("\n\n");
}

/** Everything `holdfast serve` can be told. */
function flags(): string {
  const rows = flagSpecs(serveFlags).map((spec) => {
    const meta = spec.schema.meta() ?? {};
    const value = spec.kind === "boolean" ? "" : ` ${valueNameOf(spec)}`;
    const often = spec.kind === "list" ? ", may be given several times" : "";
    return [
      `\`${spec.flag}${value}\``,
      `\`${spec.variable}\``,
      `\`${spec.key}\``,
      defaultOf(spec.schema, meta["shown"]),
      `${meta.description ?? ""}${often}`,
    ];
  });
  return table(["flag", "variable", "in the file", "default", "what it is"], rows);
}

function defaultOf(schema: z.ZodType, shown: unknown): string {
  if (typeof shown === "string") return `\`${shown}\``;
  const empty = schema.safeParse(undefined);
  if (!empty.success || empty.data === undefined || (Array.isArray(empty.data) && empty.data.length === 0))
    return "";
  return `\`${String(empty.data)}\``;
}

/** Bounds an application may change with `createServer({ limits })`. */
function limits(): string {
  // The keys of a literal are its names.
  const entries = Object.entries(limitsFrom()) as Array<[keyof Limits, number]>;
  return table(
    ["limit", "default"],
    entries.map(([name, value]) => [`\`${name}\``, value.toLocaleString("en-US")]),
  );
}

function metrics(): string {
  const rows = [
    ...Object.entries(COUNTERS).map(
      ([name, { help, labels }]) => [`holdfast_${name}_total`, labels, help] as const,
    ),
    ...Object.entries(TIMERS).map(
      ([name, { help, labels }]) => [`holdfast_${name}_seconds`, labels, help] as const,
    ),
    ...Object.entries(GAUGES).map(([name, { help, labels }]) => [`holdfast_${name}`, labels, help] as const),
  ];
  return table(
    ["metric", "labels", "what it counts"],
    rows.map(([name, labels, help]) => [
      `\`${name}\``,
      labels.map((label) => `\`${label}\``).join(" "),
      help,
    ]),
  );
}

/** What is written into the docs, by page and name. */
export const TABLES: ReadonlyArray<{
  readonly page: string;
  readonly name: string;
  readonly text: () => string;
}> = [
  { page: "docs/security.md", name: "access", text: access },
  { page: "docs/server.md", name: "flags", text: flags },
  { page: "docs/server.md", name: "limits", text: limits },
  { page: "docs/server.md", name: "metrics", text: metrics },
];
