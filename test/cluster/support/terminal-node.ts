import { createMirror } from "../../../sdk/emulator/mirror.ts";
import type { Emulator } from "../../../server/core/terminals/emulator.ts";
import { createFakePeer, createFakeTransport, type FakePeer } from "../../terminals/fake-peer.ts";
import type { AnyAck } from "../../terminals/fixture.ts";
import type { Server } from "../../terminals/model/wire.ts";
import { type Member, openMember } from "./member.ts";

/** A server of a cluster as the model's owners and viewers reach it. */
export interface TerminalNode extends Server {
  readonly member: Member;
  /** Its process is gone, and with it every connection. */
  die(): Promise<void>;
}

const emulator: Emulator = { createMirror: (start) => createMirror({ ...start }) };

export async function openTerminalNode(url: string, prefix: string): Promise<TerminalNode> {
  const member = await openMember(url, prefix, {}, { emulator });
  const { hub } = member;
  const transport = createFakeTransport();
  const admitted = new Map<FakePeer, Promise<void>>();

  async function admit(peer: FakePeer, auth: object): Promise<void> {
    const verdict = await hub.admit({ namespace: peer.namespace, auth, local: true, connection: peer.id });
    if (!verdict.ok) throw new Error(verdict.message);
    hub.attach(peer, verdict.admission);
  }

  return {
    member,
    peer(options = {}) {
      const peer = createFakePeer(transport, options);
      const { send } = peer;
      // The model knows terminals alone.
      peer.send = (event, payload) => {
        if (/^(ack|terminal):/.test(event)) send(event, payload);
      };
      const { namespace, projectId = "p1" } = options;
      const auth = namespace === "/cli" ? { projectId, sessionId: "s1" } : { projectId };
      admitted.set(peer, admit(peer, { ...auth, protocol: 1 }));
      return peer;
    },
    async call(peer, event, payload, tag) {
      await admitted.get(peer);
      const ack = await new Promise<AnyAck>((resolve) => {
        hub.receive(peer, event, payload, resolve);
      });
      peer.send(`ack:${tag}`, ack);
      return ack;
    },
    terminals: {
      detached: (peer) => void admitted.get(peer)?.then(() => hub.detach(peer, "transport close")),
    },
    async die() {
      for (const peer of admitted.keys()) peer.isClosed = true;
      await member.die();
    },
  };
}
