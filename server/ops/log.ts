import { type DestinationStream, pino } from "pino";
import type { Log } from "../core/ports/log.ts";

export interface LogOptions {
  readonly level: "silent" | "error" | "warn" | "info" | "debug";
  /** Default: stderr. */
  readonly destination?: DestinationStream;
}

/** Fields that could hold a secret, wherever somebody puts them. */
const SECRETS = ["token", "authorization", "secret", "password", "cookie", "resumeKey"];

/** JSON lines by pino. What a client sent cannot forge a line: it is always inside a string. */
export function createLog({ level, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    destination ?? pino.destination({ fd: 2, sync: true }),
  );
}
