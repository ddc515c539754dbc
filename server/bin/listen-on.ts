import type { ServeFlags } from "../config.ts";
import type { Listening, Server } from "../index.ts";

/** How far the search for a free port goes before it looks like something else is wrong. */
const PORTS_TRIED = 100;

/**
 * Listens where the flags say; when the port was nobody's wish and is taken, on the next free one.
 * @throws Error with one line: what is wrong and the mend
 */
export async function listenOn(
  server: Pick<Server, "listen">,
  { host, port }: Pick<ServeFlags, "host" | "port">,
  tls: { readonly cert: Buffer; readonly key: Buffer } | undefined,
  isPortGiven: boolean,
): Promise<Listening> {
  const last = isPortGiven ? port : port + PORTS_TRIED;
  for (let tried = port; ; tried += 1) {
    try {
      return await server.listen({ port: tried, host, ...(tls === undefined ? {} : { tls }) });
    } catch (error) {
      const code = codeOf(error);
      if (code === "EADDRINUSE" && tried < last) continue;
      throw mended(error, code, host, tried);
    }
  }
}

function mended(error: unknown, code: string | undefined, host: string, port: number): unknown {
  switch (code ?? "") {
    case "EADDRINUSE":
      return new Error(`port ${port} is in use; stop what listens there, or give another --port`, {
        cause: error,
      });
    case "EACCES":
      return new Error(`port ${port} is not allowed to this user; give a --port above 1023`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new Error(`${host} is no address of this machine; give another --host`, { cause: error });
    default:
      return error;
  }
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
