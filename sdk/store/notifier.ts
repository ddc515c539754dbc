/** One subscription. Ended ones are skipped even if they were already due. */
export interface Subscription {
  readonly listener: () => void;
  active: boolean;
}

/** Listeners of one thing, in the order they came. */
export interface Listeners extends Iterable<Subscription> {
  readonly size: number;
  add(listener: () => void): () => void;
}

/** @param onEmpty called when the last one left. */
export function createListeners(onEmpty?: () => void): Listeners {
  const subscriptions = new Set<Subscription>();
  return {
    get size() {
      return subscriptions.size;
    },
    add(listener) {
      // One entry per call, so that subscribing the same function twice and leaving once keeps one.
      const subscription: Subscription = { listener, active: true };
      subscriptions.add(subscription);
      return () => {
        if (!subscription.active) return;
        subscription.active = false;
        subscriptions.delete(subscription);
        if (subscriptions.size === 0) onEmpty?.();
      };
    },
    [Symbol.iterator]: () => subscriptions[Symbol.iterator](),
  };
}

/**
 * Tells subscribers after a commit, each once. A commit made by a listener is told in the same run, after
 * those already due: nobody is told twice of what it has seen, and nobody sees half a commit.
 */
export interface Notifier {
  due(listeners: Iterable<Subscription>): void;
  flush(): void;
  /** Tells after `task` of all its commits at once. */
  together(task: () => void): void;
}

export function createNotifier(onError: (error: unknown) => void): Notifier {
  const queue = new Set<Subscription>();
  let flushing = false;

  const flush = (): void => {
    if (flushing) return;
    flushing = true;
    try {
      for (const subscription of queue) {
        // Deleted first: a listener that commits is due again and found further on in this same loop.
        queue.delete(subscription);
        if (!subscription.active) continue;
        try {
          subscription.listener();
        } catch (error) {
          onError(error);
        }
      }
    } finally {
      flushing = false;
    }
  };

  return {
    flush,
    due(listeners) {
      for (const subscription of listeners) queue.add(subscription);
    },
    together(task) {
      if (flushing) {
        task();
        return;
      }
      flushing = true;
      try {
        task();
      } finally {
        flushing = false;
        flush();
      }
    },
  };
}
