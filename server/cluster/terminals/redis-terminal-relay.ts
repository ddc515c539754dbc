import type { Members } from "../../core/ports/members.ts";
import type {
  About,
  Appended,
  Farewell,
  Place,
  RelayListener,
  RelayRecord,
  TerminalRelay,
  ToHolders,
  ToServer,
} from "../../core/ports/terminal-relay.ts";
import type { Cursor } from "../../core/terminals/stream-records.ts";
import type { ClusterLink } from "../cluster-link.ts";
import { APPEND, CLAIM, HUSH, RELEASE, TELL } from "./terminal-scripts.ts";

export interface RedisTerminalRelayOptions {
  /** Of its own: a terminal that floods must not hold up what else servers tell one another. */
  readonly link: ClusterLink;
  readonly members: Pick<Members, "isAlive">;
  readonly serverId: string;
  /** Bytes of records kept of each terminal; default 1.5 MiB. */
  readonly keptBytes?: number;
}

/** One session's channel, and who hears it here. */
interface Topic {
  readonly listeners: Set<RelayListener>;
  isReady: boolean;
  stop: () => void;
}

export interface RedisTerminalRelay extends TerminalRelay {
  dispose(): void;
}

const KEPT_BYTES = 1536 * 1024;
/** Records in one answer: 512 KiB when each is as large as it may be. */
const AT_ONCE = 8;
/** A snapshot that nobody fetched is forgotten. */
const LENT_MS = 10_000;
const FIELDS = ["home", "gen", "about", "life"] as const;

/**
 * Terminals between servers: per terminal a hash that says where it is and a stream whose ids are byte offsets, trimmed by
 * bytes. Messages say only that there is something; everyone pulls at the pace of its own.
 */
export function createRedisTerminalRelay(options: RedisTerminalRelayOptions): RedisTerminalRelay {
  const { link, members, serverId, keptBytes = KEPT_BYTES } = options;
  const { commands, prefix, db } = link;
  const ofSession = (sessionId: string): string => `${prefix}:{terminal ${sessionId}}:`;
  const keysOf = (sessionId: string): string[] => [
    `${ofSession(sessionId)}place`,
    `${ofSession(sessionId)}records`,
  ];
  const channelOf = (sessionId: string): string => `${ofSession(sessionId)}feed:${db}`;
  const ownChannelOf = (server: string): string => `${prefix}:terminals:${db}:${server}`;
  const lentKey = (lentAs: string): string => `${prefix}:terminal-snapshot:${lentAs}`;

  const topics = new Map<string, Topic>();
  const replyListeners = new Set<(message: ToServer) => void>();
  const stopReplies = link.listen(ownChannelOf(serverId), {
    onMessage(text) {
      // Only this file writes to the channel.
      const message = JSON.parse(text) as ToServer;
      for (const listener of [...replyListeners]) listener(message);
    },
  });

  function begin(sessionId: string): Topic {
    const topic: Topic = { listeners: new Set(), isReady: false, stop: () => undefined };
    topics.set(sessionId, topic);
    topic.stop = link.listen(channelOf(sessionId), {
      onMessage(text) {
        for (const listener of [...topic.listeners]) hand(text, listener);
      },
      onSubscribed() {
        topic.isReady = true;
        for (const listener of [...topic.listeners]) listener.onReady();
      },
    });
    return topic;
  }

  return {
    serverId,
    isAlive: members.isAlive,
    async find(sessionId) {
      const [key = ""] = keysOf(sessionId);
      return placeOf(await commands.command((client) => client.hmget(key, ...FIELDS)));
    },
    async claim(sessionId, isFrom, about) {
      const args = [channelOf(sessionId), isFrom, serverId, JSON.stringify(about)];
      const gen = Number(await commands.run(CLAIM, keysOf(sessionId), args));
      return gen === 0 ? undefined : gen;
    },
    async tell(sessionId, gen, about) {
      const args = [channelOf(sessionId), gen, JSON.stringify(about)];
      return (await commands.ask(TELL, keysOf(sessionId), args)) === 1;
    },
    async append(sessionId, { gen, life, from, isNewLife, records }) {
      const args: (string | number | Buffer)[] = [
        channelOf(sessionId),
        gen,
        life,
        idOf(from),
        isNewLife ? 1 : 0,
      ];
      args.push(keptBytes);
      for (const record of records) {
        args.push(idOf(record.at));
        if (record.kind === "data") args.push("b", bufferOf(record.bytes));
        else args.push("r", `${record.cols} ${record.rows}`);
      }
      // The script returns one of these words.
      return (await commands.ask(APPEND, keysOf(sessionId), args)) as Appended;
    },
    async read(sessionId, from) {
      const [placeKey = "", recordsKey = ""] = keysOf(sessionId);
      const [[, place] = [], [, rows] = []] = await commands.command(async (client) => {
        const both = client.multi().hmget(placeKey, ...FIELDS);
        const answers = await both.xrangeBuffer(recordsKey, `(${idOf(from)}`, "+", "COUNT", AT_ONCE).exec();
        for (const [error] of answers ?? []) if (error) throw error;
        return answers ?? [];
      });
      // HMGET answers with texts, XRANGE with pairs of an id and its fields.
      const texts = place as (string | null)[];
      const found = (rows as [Buffer, Buffer[]][]).flatMap(recordOf);
      return { place: placeOf(texts), records: found };
    },
    async hush(sessionId, gen) {
      await commands.ask(HUSH, keysOf(sessionId), [channelOf(sessionId), gen]);
    },
    async release(sessionId, gen, farewell) {
      await commands.ask(RELEASE, keysOf(sessionId), [
        channelOf(sessionId),
        gen,
        `over ${JSON.stringify(farewell)}`,
      ]);
    },
    async lend(lentAs, data) {
      await commands.command((client) => client.set(lentKey(lentAs), bufferOf(data), "PX", LENT_MS));
    },
    async borrow(lentAs) {
      return (await commands.command((client) => client.getBuffer(lentKey(lentAs)))) ?? undefined;
    },
    send: (sessionId, message) => link.publish(channelOf(sessionId), JSON.stringify(message)),
    reply: (server, message) => link.publish(ownChannelOf(server), JSON.stringify(message)),
    async hearers(sessionId) {
      const channel = channelOf(sessionId);
      const [, count] = await commands.command((client) => client.pubsub("NUMSUB", channel));
      return Number(count);
    },
    hear(sessionId, listener) {
      const topic = topics.get(sessionId) ?? begin(sessionId);
      const own = { ...listener };
      topic.listeners.add(own);
      if (topic.isReady) own.onReady();
      return () => {
        topic.listeners.delete(own);
        if (topic.listeners.size > 0 || topics.get(sessionId) !== topic) return;
        topics.delete(sessionId);
        topic.stop();
      };
    },
    onReply(listener) {
      const own = (message: ToServer): void => listener(message);
      replyListeners.add(own);
      return () => void replyListeners.delete(own);
    },
    onUp: link.onUp,
    dispose: stopReplies,
  };
}

function hand(text: string, listener: RelayListener): void {
  if (text === "changed") listener.onChange();
  else if (text === "claimed") listener.onClaim();
  // Only this file writes to the channel.
  else if (text.startsWith("over ")) listener.onFarewell(JSON.parse(text.slice(5)) as Farewell);
  else listener.onMessage(JSON.parse(text) as ToHolders);
}

function placeOf([home, gen, about, life]: readonly (string | null)[]): Place | undefined {
  if (typeof home !== "string" || typeof about !== "string") return undefined;
  // Only this file writes it.
  return { ...(JSON.parse(about) as About), home, gen: Number(gen), life: life ?? "" };
}

function recordOf([id, [field, value]]: [Buffer, Buffer[]]): RelayRecord[] {
  const [offset, marks] = id.toString().split("-").map(Number);
  if (offset === undefined || marks === undefined || field === undefined || value === undefined) return [];
  const at: Cursor = { offset, marks };
  if (field.toString() === "b") return [{ kind: "data", at, bytes: value }];
  const [cols = 0, rows = 0] = value.toString().split(" ").map(Number);
  return [{ kind: "resize", at, cols, rows }];
}

function idOf({ offset, marks }: Cursor): string {
  return `${offset}-${marks}`;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
