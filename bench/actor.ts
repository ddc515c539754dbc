import { fork } from "node:child_process";

/** A process of a bench that does what it is asked, one thing at a time. */
export interface Actor {
  ask<T>(what: string, ...args: readonly unknown[]): Promise<T>;
  end(): void;
}

type Asked = { readonly id: number; readonly what: string; readonly args: readonly unknown[] };
type Told = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** Starts `script` (which calls `act`) in a Node of its own. */
export function startActor(script: URL, args: readonly string[], execArgv: readonly string[] = []): Actor {
  const child = fork(script, args, {
    execArgv: [...execArgv],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, (told: Told) => void>();
  let last = 0;
  child.on("message", (told: Told) => {
    waiting.get(told.id)?.(told);
    waiting.delete(told.id);
  });
  child.on("exit", (code) => {
    for (const answer of waiting.values())
      answer({ id: 0, error: `${args.join(" ")} left with code ${code}` });
    waiting.clear();
  });
  return {
    ask<T>(what: string, ...given: readonly unknown[]) {
      return new Promise<T>((resolve, reject) => {
        last += 1;
        waiting.set(last, ({ result, error }) => {
          if (error === undefined) resolve(result as T);
          else reject(new Error(error));
        });
        const asked: Asked = { id: last, what, args: given };
        child.send(asked);
      });
    },
    end: () => void child.kill("SIGKILL"),
  };
}

/** Answers what the parent asks; ends with it. */
// biome-ignore lint/suspicious/noExplicitAny: what each takes is between the two ends of the bench.
export function act(answers: Readonly<Record<string, (...args: any[]) => unknown>>): void {
  process.on("message", ({ id, what, args }: Asked) => {
    const tell = (told: Omit<Told, "id">): void => void process.send?.({ id, ...told });
    Promise.resolve()
      .then(() => answers[what]?.(...args))
      .then(
        (result) => tell({ result }),
        (error: unknown) =>
          tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.on("disconnect", () => process.exit());
}
