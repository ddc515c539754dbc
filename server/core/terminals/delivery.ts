import type { Peer } from "../ports/peer.ts";
import type { Frame, Frames } from "./frames.ts";
import type { Viewer } from "./viewer.ts";

/** Gives viewers what they may have, in rounds of one frame each, so that those at one place share a multicast. */
export interface Delivery {
  /** To every viewer. */
  flush(): void;
  /** To one that can take more. */
  wake(viewer: Viewer): void;
}

export function createDelivery(viewers: ReadonlySet<Viewer>, newFrames: () => Frames): Delivery {
  let isRunning = false;
  /** Woken while frames were being sent: a frame sent then would overtake one of this round. */
  const woken = new Set<Viewer>();

  const run = (asked: Iterable<Viewer>): void => {
    for (const viewer of asked) woken.add(viewer);
    if (isRunning) return;
    isRunning = true;
    try {
      while (woken.size > 0) {
        const frames = newFrames();
        const round = [...woken];
        woken.clear();
        const groups = new Map<Frame, Viewer[]>();
        for (const viewer of round) {
          const frame = viewer.next(frames);
          if (frame === undefined) continue;
          const group = groups.get(frame);
          if (group === undefined) groups.set(frame, [viewer]);
          else group.push(viewer);
        }
        for (const [frame, group] of groups) {
          send(frame, group);
          for (const viewer of group) woken.add(viewer);
        }
      }
    } finally {
      isRunning = false;
    }
  };

  return { flush: () => run(viewers), wake: (viewer) => run([viewer]) };
}

/** Sends one event to many viewers; what sockets of one transport get is encoded once. */
export function send({ event, payload }: Frame, viewers: Iterable<Viewer>): void {
  const byTransport = new Map<Peer["transport"], Peer[]>();
  for (const { options, isClosed } of viewers) {
    if (isClosed) continue;
    const { peer, sink } = options;
    if (peer === undefined) sink.send(event, payload);
    else {
      const peers = byTransport.get(peer.transport);
      if (peers === undefined) byTransport.set(peer.transport, [peer]);
      else peers.push(peer);
    }
  }
  for (const [transport, peers] of byTransport) {
    const [only] = peers;
    if (peers.length === 1 && only !== undefined) only.send(event, payload);
    else transport.multicast(new Set(peers), event, payload);
  }
}
