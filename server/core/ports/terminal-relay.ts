import type { WireCode } from "../../../sdk/protocol/index.ts";
import type { Cursor } from "../terminals/stream-records.ts";

/**
 * Where the terminals of all servers of a cluster meet. The server that the owner is connected to is a terminal's *home*:
 * it alone appends records, and only while others listen. Messages may be lost; what is kept is what counts.
 * Methods that answer reject when the relay is out of reach.
 */
export interface TerminalRelay {
  /** Names this server; another at each start. */
  readonly serverId: string;
  /** Whether a server lives; one that is silent for 15 s does not. */
  isAlive(serverId: string): boolean;
  find(sessionId: string): Promise<Place | undefined>;
  /**
   * Makes this server the home. `isFrom` is the generation that was found, 0 for none; resolves with the new one, or
   * with `undefined` when another server was faster.
   */
  claim(sessionId: string, isFrom: number, about: About): Promise<number | undefined>;
  /** Tells what a terminal is like now. False: this server is not its home any more. */
  tell(sessionId: string, gen: number, about: About): Promise<boolean>;
  append(sessionId: string, batch: Batch): Promise<Appended>;
  /** The place as it is, and some records after `from` of the life that it has. */
  read(sessionId: string, from: Cursor): Promise<Reading>;
  /** Nobody listens: no records are kept any more. */
  hush(sessionId: string, gen: number): Promise<void>;
  /** The terminal is no more; whoever shows it is told `farewell`. */
  release(sessionId: string, gen: number, farewell: Farewell): Promise<void>;
  /** Keeps a snapshot for one who asked, for some seconds. */
  lend(lentAs: string, data: Uint8Array): Promise<void>;
  borrow(lentAs: string): Promise<Uint8Array | undefined>;

  /** To the servers that have the terminal: its home, and those that show it. */
  send(sessionId: string, message: ToHolders): void;
  /** How many servers hear what is sent about a session. */
  hearers(sessionId: string): Promise<number>;
  /** To one server. */
  reply(serverId: string, message: ToServer): void;
  /** Hears what is sent about a session to those that have its terminal, and of every change. Returns how to stop. */
  hear(sessionId: string, listener: RelayListener): () => void;
  onReply(listener: (message: ToServer) => void): () => void;
  /** Calls whenever the relay can be reached again. */
  onUp(listener: () => void): () => void;
}

export interface RelayListener {
  /** From here on messages come; some before may have been missed. */
  onReady(): void;
  /** There are records, or the terminal is told of anew. */
  onChange(): void;
  /** Some server has become the home. */
  onClaim(): void;
  onMessage(message: ToHolders): void;
  onFarewell(farewell: Farewell): void;
}

/** What a server that is not the home has to know of a terminal. */
export interface About {
  readonly projectId: string;
  readonly epoch: string;
  readonly resumeKey: string;
  readonly readOnly: boolean;
  readonly resizePolicy: "latest" | "smallest" | "owner";
  readonly answers: "owner" | "server";
  /** The owner's connection is lost; it may come back. */
  readonly isLost: boolean;
  readonly exit?: { readonly exitCode: number | null; readonly reason?: string; readonly offset: number };
}

export interface Place extends About {
  readonly home: string;
  /** Counts the homes. */
  readonly gen: number;
  /** Names an unbroken row of records; '' while none are kept. */
  readonly life: string;
}

/** A record by the place after it. */
export type RelayRecord =
  | { readonly kind: "data"; readonly at: Cursor; readonly bytes: Uint8Array }
  | { readonly kind: "resize"; readonly at: Cursor; readonly cols: number; readonly rows: number };

export interface Batch {
  readonly gen: number;
  readonly life: string;
  /** Where the records begin: what is kept has to end there, or begins there with a new life. */
  readonly from: Cursor;
  readonly isNewLife: boolean;
  readonly records: readonly RelayRecord[];
}

/** `moved`: another server is the home. `hole`: what is kept does not reach to where the batch begins. */
export type Appended = "ok" | "moved" | "hole";

export interface Reading {
  readonly place: Place | undefined;
  readonly records: readonly RelayRecord[];
}

/** The last that is heard of a terminal: what viewers are told as `terminal:exit`. */
export interface Farewell {
  readonly epoch?: string;
  readonly offset?: number;
  readonly exitCode: number | null;
  readonly reason?: string;
}

/** What viewers elsewhere do to a terminal. */
export type Act =
  | {
      readonly kind: "type";
      readonly id: string;
      readonly text: string;
      readonly key?: string;
      readonly inputSeq?: number;
      readonly source?: string;
      readonly isPatient?: boolean;
    }
  | { readonly kind: "resize"; readonly cols: number; readonly rows: number }
  | { readonly kind: "left" };

export type ToHolders =
  /** Somebody listens: keep records. */
  | { readonly kind: "listening"; readonly from: string }
  /** The home answers at once, anybody else who shows the terminal only when `isUrgent`: the home may be dead. */
  | {
      readonly kind: "snapshot?";
      readonly from: string;
      readonly requestId: string;
      readonly isUrgent: boolean;
    }
  /** Numbered from 1 by whoever sends, which has one on the way at a time. */
  | {
      readonly kind: "acts";
      readonly from: string;
      readonly line: string;
      readonly n: number;
      readonly acts: readonly Act[];
    };

export type ToServer =
  | {
      readonly kind: "snapshot";
      readonly requestId: string;
      /** Another with each answer: several may answer one request, from different places. */
      readonly lentAs: string;
      readonly epoch: string;
      readonly life: string;
      readonly at: Cursor;
      readonly cols: number;
      readonly rows: number;
    }
  | { readonly kind: "acts taken"; readonly line: string; readonly n: number }
  | { readonly kind: "typed"; readonly id: string; readonly code?: WireCode; readonly error?: string };
