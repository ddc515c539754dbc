/** The part of `process` that tells a program to end. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];

export interface LifecycleOptions {
  readonly signals: SignalSource;
  /** Ends everything in order; must be within its own deadline. */
  readonly shutdown: () => Promise<void>;
}

/**
 * Resolves once a signal came and everything is shut down. A second signal does not hurry it: ten seconds is the
 * most it takes, and what it does is worth them.
 */
export async function untilSignal({ signals, shutdown }: LifecycleOptions): Promise<void> {
  let told = (): void => undefined;
  const signal = new Promise<void>((resolve) => {
    told = resolve;
  });
  const listener = (): void => told();
  for (const name of SIGNALS) signals.on(name, listener);
  try {
    await signal;
    await shutdown();
  } finally {
    for (const name of SIGNALS) signals.off(name, listener);
  }
}
