/** Names of everything in Redis. All keys of a project carry its hash tag; the store's own are few. */
export interface Keys {
  /** HASH run, gen: which life of the server process was seen last, and how many there were. */
  readonly fence: string;
  readonly format: string;
  /** HASH session id -> `era projectId`. */
  readonly sessions: string;
  /** HASH `projectId id` -> entity of the collection `projects`. */
  readonly projects: string;
  /** SET `era projectId` of cleared projects whose sessions still stand in `sessions`. */
  readonly gone: string;
  /** Channel of what every reader of a project hears. */
  readonly wideChannel: string;
  of(projectId: string): ProjectKeys;
}

export interface ProjectKeys {
  /** HASH life, gen, rev, epoch, seq, era, total, kept, forgot, logged, mark, turn. */
  readonly meta: string;
  /** STREAM by rev: what each commit told, for nodes that missed its message. */
  readonly log: string;
  readonly channel: string;
  /** HASH `collection id` -> entity. */
  readonly entities: string;
  /** ZSET of `collection id` in the order of names. */
  readonly ids: string;
  /** ZSET of `collection id` by seq of the last change. */
  readonly changed: string;
  /** HASH collection -> number of live entities. */
  readonly counts: string;
  /** ZSET of `sessionId taskId` in the order of names. */
  readonly claims: string;
  /** HASH name -> register. */
  readonly registers: string;
  /** ZSET of `collection id seq` by seq, of removed entities. */
  readonly removals: string;
  /** STREAM by seq: changes of fields. */
  readonly changes: string;
  /** STREAM by seq: kept events. */
  readonly events: string;
  /** STREAM by seq: the ordinal of each kept event, further back than the events themselves. */
  readonly eventSeqs: string;
  /** ZSET of `seq id` by createdAt. */
  ages(collection: string): string;
  /** The ids of a life that was cleared. */
  gone(era: number): string;
  owner(name: string): OwnerKeys;
}

/** What one owner was answered. */
export interface OwnerKeys {
  /** HASH key -> `at json`. */
  readonly answers: string;
  /** ZSET of keys by n. */
  readonly numbered: string;
  /** ZSET of keys in the order in which they were given. */
  readonly keyed: string;
  /** HASH n, at: the highest n ever answered; place: of the last keyed answer. */
  readonly highest: string;
}

/**
 * @param prefix begins every key and channel: stores of different prefixes share a server without meeting
 * @param db channels, other than keys, are not of a database
 */
export function createKeys(prefix: string, db: number): Keys {
  return {
    fence: `${prefix}:fence`,
    format: `${prefix}:format`,
    sessions: `${prefix}:sessions`,
    projects: `${prefix}:projects`,
    gone: `${prefix}:gone`,
    wideChannel: `${prefix}:wide:${db}`,
    of(projectId) {
      const of = `${projectPrefix(prefix)}${projectId}}:`;
      return {
        meta: `${of}meta`,
        log: `${of}log`,
        channel: `${of}feed:${db}`,
        entities: `${of}entities`,
        ids: `${of}ids`,
        changed: `${of}changed`,
        counts: `${of}counts`,
        claims: `${of}claims`,
        registers: `${of}registers`,
        removals: `${of}removals`,
        changes: `${of}changes`,
        events: `${of}events`,
        eventSeqs: `${of}event-seqs`,
        ages: (collection) => `${of}ages:${collection}`,
        gone: (era) => `${of}gone:${era}`,
        owner: (name) => ({
          answers: `${of}answers:${name}`,
          numbered: `${of}numbered:${name}`,
          keyed: `${of}keyed:${name}`,
          highest: `${of}highest:${name}`,
        }),
      };
    },
  };
}

/** What stands before a project's id in its keys; scripts that look into other projects make their names with it. */
export function projectPrefix(prefix: string): string {
  return `${prefix}:{`;
}
