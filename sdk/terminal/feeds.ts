import type { Link } from "../connection/link.ts";
import { createFeed, type Feed } from "./feed.ts";

/** Keyed by the client's own link: two clients on a page never meet here, and a closed one is collected. */
const feedsByLink = new WeakMap<Link, Map<string, Feed>>();

export interface FeedWishes {
  readonly priority?: "live" | "auto";
  readonly history?: number;
  schedule(delayMs: number, task: () => void): () => void;
}

/** The feed of a session on this link: the first attachment's wishes count while it lives. */
export function feedOf(link: Link, sessionId: string, wishes: FeedWishes): Feed {
  const feeds = feedsByLink.get(link) ?? new Map<string, Feed>();
  feedsByLink.set(link, feeds);
  const known = feeds.get(sessionId);
  if (known !== undefined) return known;
  const feed = createFeed({
    link,
    sessionId,
    priority: wishes.priority ?? "live",
    history: wishes.history ?? 1_000,
    schedule: wishes.schedule,
    onEmpty: () => feeds.delete(sessionId),
  });
  feeds.set(sessionId, feed);
  return feed;
}
