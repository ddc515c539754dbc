import type { Attachment } from "./attachment.ts";
import type { Peer, PeerNamespace } from "./ports/peer.ts";

/** Every attached socket, by peer, namespace, connection and client. */
export interface Attachments {
  readonly size: number;
  get(peer: Peer): Attachment | undefined;
  all(): Iterable<Attachment>;
  in(namespace: PeerNamespace): ReadonlySet<Attachment>;
  /** The namespaces that share one connection. */
  onConnection(connection: string): readonly Attachment[];
  /** The live one with this client id, user and namespace, which a new one replaces. */
  replacedBy(attachment: Attachment): Attachment | undefined;
  /** The live one of a client, by `clientKey`. */
  ofClient(key: string): Attachment | undefined;
  add(attachment: Attachment): void;
  remove(attachment: Attachment): void;
}

/** A client of one user in one namespace. No client id or namespace holds a space. */
export function clientKey({ peer, clientId, principal }: Attachment): string {
  return `${peer.namespace} ${clientId} ${principal.userId}`;
}

export function createAttachments(): Attachments {
  const byPeer = new Map<Peer, Attachment>();
  const byNamespace = new Map<PeerNamespace, Set<Attachment>>();
  // Nearly every connection has one namespace: a list of one takes a fifth of the memory of a set of one.
  const byConnection = new Map<string, readonly Attachment[]>();
  const byClient = new Map<string, Attachment>();

  function addTo<K>(index: Map<K, Set<Attachment>>, key: K, attachment: Attachment): void {
    const known = index.get(key);
    if (known === undefined) index.set(key, new Set([attachment]));
    else known.add(attachment);
  }

  function removeFrom<K>(index: Map<K, Set<Attachment>>, key: K, attachment: Attachment): void {
    const known = index.get(key);
    known?.delete(attachment);
    if (known?.size === 0) index.delete(key);
  }

  return {
    get size() {
      return byPeer.size;
    },
    get: (peer) => byPeer.get(peer),
    all: () => byPeer.values(),
    in: (namespace) => byNamespace.get(namespace) ?? new Set(),
    onConnection: (connection) => byConnection.get(connection) ?? [],
    replacedBy: (attachment) => byClient.get(clientKey(attachment)),
    ofClient: (key) => byClient.get(key),
    add(attachment) {
      const { peer } = attachment;
      byPeer.set(peer, attachment);
      addTo(byNamespace, peer.namespace, attachment);
      byConnection.set(peer.connection, [...(byConnection.get(peer.connection) ?? []), attachment]);
      byClient.set(clientKey(attachment), attachment);
    },
    remove(attachment) {
      const { peer } = attachment;
      byPeer.delete(peer);
      removeFrom(byNamespace, peer.namespace, attachment);
      const others = byConnection.get(peer.connection)?.filter((other) => other !== attachment) ?? [];
      if (others.length > 0) byConnection.set(peer.connection, others);
      else byConnection.delete(peer.connection);
      const key = clientKey(attachment);
      if (byClient.get(key) === attachment) byClient.delete(key);
    },
  };
}
