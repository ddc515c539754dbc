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
  add(attachment: Attachment): void;
  remove(attachment: Attachment): void;
}

export function createAttachments(): Attachments {
  const byPeer = new Map<Peer, Attachment>();
  const byNamespace = new Map<PeerNamespace, Set<Attachment>>();
  const byConnection = new Map<string, Set<Attachment>>();
  const byClient = new Map<string, Attachment>();

  // No client id or namespace holds a space.
  const clientKey = ({ peer, clientId, principal }: Attachment): string =>
    `${peer.namespace} ${clientId} ${principal.userId}`;

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
    onConnection: (connection) => [...(byConnection.get(connection) ?? [])],
    replacedBy: (attachment) => byClient.get(clientKey(attachment)),
    add(attachment) {
      const { peer } = attachment;
      byPeer.set(peer, attachment);
      addTo(byNamespace, peer.namespace, attachment);
      addTo(byConnection, peer.connection, attachment);
      byClient.set(clientKey(attachment), attachment);
    },
    remove(attachment) {
      const { peer } = attachment;
      byPeer.delete(peer);
      removeFrom(byNamespace, peer.namespace, attachment);
      removeFrom(byConnection, peer.connection, attachment);
      const key = clientKey(attachment);
      if (byClient.get(key) === attachment) byClient.delete(key);
    },
  };
}
