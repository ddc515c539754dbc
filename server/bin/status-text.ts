import { z } from "zod";

const namespace = z.object({
  connected: z.number(),
  rooms: z.record(z.string(), z.number()).default({}),
  roomCount: z.number().optional(),
});

/** What `/ws-status` answers (protocol section 15), as far as it is shown. */
const statusSchema = z.object({
  serverId: z.string(),
  uptimeMs: z.number(),
  engine: z.object({ totalClients: z.number() }),
  namespaces: z.object({
    ui: namespace,
    mobile: namespace,
    cli: namespace,
    terminal: z.object({
      connected: z.number(),
      activeSessions: z.number(),
      viewers: z.number().optional(),
      lagBytes: z.object({ sum: z.number(), max: z.number() }).optional(),
    }),
    dev: z.object({ connected: z.number(), registered: z.number() }),
  }),
  ws: z.object({ connected: z.number(), channels: z.number() }),
});

/** The status page as lines of text. @throws Error when it is none */
export function statusText(url: string, answer: unknown): string {
  const parsed = statusSchema.safeParse(answer);
  if (!parsed.success) throw new Error(`what answers at ${url} is not a Holdfast server; check --url`);
  const { serverId, uptimeMs, engine, namespaces, ws } = parsed.data;
  const { ui, mobile, cli, terminal, dev } = namespaces;
  const line = (name: string, text: string): string => `  ${name.padEnd(12)}${text}`;
  const rooms = ({ rooms: named, roomCount }: z.output<typeof namespace>): string =>
    `${roomCount ?? Object.keys(named).length} rooms`;
  return [
    `${url}: server ${serverId}, up ${duration(uptimeMs)}, ${engine.totalClients} connections`,
    line("/ui", `${ui.connected} connected, ${rooms(ui)}`),
    line("/mobile", `${mobile.connected} connected, ${rooms(mobile)}`),
    line("/cli", `${cli.connected} connected, ${rooms(cli)}`),
    line("/terminal", terminalText(terminal)),
    line("/", `${dev.connected} connected, ${dev.registered} registered`),
    line("/ws", `${ws.connected} connected, ${ws.channels} channels`),
    ...[ui, mobile, cli].flatMap(({ rooms: named }) =>
      Object.entries(named).map(([room, count]) => line("", `${room}: ${count}`)),
    ),
  ].join("\n");
}

function terminalText(terminal: z.output<typeof statusSchema>["namespaces"]["terminal"]): string {
  const { connected, activeSessions, viewers, lagBytes } = terminal;
  const live = `${connected} connected, ${activeSessions} live terminals`;
  // A server of an earlier version says nothing of viewers.
  if (viewers === undefined || lagBytes === undefined) return live;
  const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1_000)} KB`;
  return `${live}, ${viewers} viewers, behind by ${kilobytes(lagBytes.max)} at most and ${kilobytes(lagBytes.sum)} together`;
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}
