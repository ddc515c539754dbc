import { isLoopbackHostname } from "./loopback.ts";

/** Which browser origins may talk to this server (protocol section 14). */
export interface Origins {
  /** Whether a request with this `Origin` header is served; without one it is not a browser and passes. */
  allows(origin: string | undefined): boolean;
  /** Whether a `Host` header names loopback or the host of an allowed origin (protocol section 3). */
  namesUs(host: string | undefined): boolean;
}

export interface OriginsOptions {
  /** Exact origins, `https://app.example.com`. @throws TypeError for anything that is not one */
  readonly allowed: readonly string[];
  /** Whether loopback origins at any port pass: in local mode. */
  readonly loopback: () => boolean;
  /** The server's own origins, known once it listens: a page it served may call it. */
  readonly own: () => readonly string[];
}

/** The shell of a Tauri app, on every platform. */
const TAURI = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

export function createOrigins({ allowed, loopback, own }: OriginsOptions): Origins {
  const known = new Set([...TAURI, ...allowed.map(canonicalOrigin)]);
  const hosts = new Set([...known].flatMap(hostsOf));
  return {
    allows(origin) {
      if (origin === undefined) return true;
      if (known.has(origin) || own().includes(origin)) return true;
      return loopback() && isLoopbackOrigin(origin);
    },
    namesUs(host) {
      if (host === undefined) return false;
      const name = host.toLowerCase();
      const parts = /^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(name);
      if (parts?.[1] === undefined) return false;
      return isLoopbackHostname(parts[1]) || hosts.has(name);
    },
  };
}

/** An origin as browsers write it. @throws TypeError when the text is none */
export function canonicalOrigin(text: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/[^/?#@\s*]+\/?$/i.exec(text);
  const scheme = match?.[1]?.toLowerCase();
  if (scheme === undefined || !URL.canParse(text)) {
    throw new TypeError(`"${text}" is not an origin: write it as https://app.example.com`);
  }
  const url = new URL(text);
  // Schemes unknown to URL have the opaque origin "null".
  return url.origin === "null" ? `${scheme}://${url.host.toLowerCase()}` : url.origin;
}

function isLoopbackOrigin(origin: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === origin && isLoopbackHostname(url.hostname);
}

/** How a `Host` header may name an origin: the default port with and without. */
function hostsOf(origin: string): string[] {
  const url = new URL(origin);
  if (url.port !== "") return [url.host];
  const port = { "https:": "443", "http:": "80" }[url.protocol];
  return port === undefined ? [url.host] : [url.host, `${url.host}:${port}`];
}
