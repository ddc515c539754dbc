import type { Store } from "../store/index.ts";
import { type Entry, toStored } from "./entry.ts";
import type { PatchIntent } from "./intent.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";

export interface BindingOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly outbox: Outbox | undefined;
  /** Something became ready. */
  pump(): void;
}

/** What must be so before a write is sent for the first time, since from then on it is repeated to the letter. */
export interface Binding {
  /** Whether it may go; if not, it will be asked again. */
  isReady(entry: Entry): boolean;
  /** It goes now: an edit of a list holds on the version it is for. */
  bind(entry: Entry): void;
}

export function createBinding({ store, ledger, outbox, pump }: BindingOptions): Binding {
  /** Versions that the device knows, or will know in a moment, an edit to be sent for. */
  const noted = new WeakMap<Entry, { readonly version: number; isKept: boolean }>();

  const mustWaitForSiblings = (entry: Entry): boolean => {
    const isPositional = entry.intent.kind === "patch" && entry.intent.positional;
    for (const earlier of ledger.ofEntity(entry.collection, entry.entityId)) {
      if (earlier === entry) return false;
      // Its version is not known before the earlier ones are in the base.
      if (isPositional) return true;
      // The id may turn out to be somebody else's, and this write must not reach that entity.
      if (earlier.intent.kind === "create" && !earlier.intent.ownId && earlier.state !== "answered")
        return true;
    }
    return false;
  };

  /** The intent as it will be sent, where it holds on one version only. */
  const bound = ({ intent, collection, entityId }: Entry): PatchIntent | undefined => {
    const version = store.base(collection, entityId)?.version;
    const isFree = intent.kind === "patch" && intent.positional && intent.ifVersion === undefined;
    return isFree && version !== undefined ? { ...intent, ifVersion: version } : undefined;
  };

  /**
   * With an outbox the version is noted before the edit is sent: a page that takes over from one that crashed in
   * between would bind it to another, and send another body under the same id.
   */
  const isNoted = (entry: Entry): boolean => {
    const intent = bound(entry);
    const version = intent?.ifVersion;
    if (outbox === undefined || intent === undefined || version === undefined) return true;
    const known = noted.get(entry);
    if (known?.version === version) return known.isKept;
    const note = { version, isKept: false };
    noted.set(entry, note);
    outbox.put(toStored({ ...entry, intent, wasSent: true }));
    void outbox.kept().then(() => {
      note.isKept = true;
      pump();
    });
    return false;
  };

  return {
    isReady: (entry) => !mustWaitForSiblings(entry) && isNoted(entry),
    bind(entry) {
      entry.intent = bound(entry) ?? entry.intent;
    },
  };
}
