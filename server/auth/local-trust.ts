import { isLoopbackAddress } from "./loopback.ts";
import type { Origins } from "./origins.ts";

/** What is known of a request when it is judged. Header names in lower case, as Node gives them. */
export interface LocalQuestion {
  readonly localTrust: boolean;
  readonly remoteAddress: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly origins: Origins;
}

export type LocalVerdict =
  | { readonly local: true }
  | { readonly local: false; readonly because: "off" | "peer" | "forwarded" | "host" | "origin" };

const FORWARDED = /^(forwarded|x-forwarded-.*|x-real-ip|cf-connecting-ip)$/;

/**
 * Whether a request may be taken for one of this machine's own user (protocol section 3). All must hold: a tunnel or
 * a proxy that ends here, or a page that resolved its own name to 127.0.0.1, must not become local.
 */
export function judgeLocal({ localTrust, remoteAddress, headers, origins }: LocalQuestion): LocalVerdict {
  if (!localTrust) return { local: false, because: "off" };
  if (!isLoopbackAddress(remoteAddress)) return { local: false, because: "peer" };
  if (Object.keys(headers).some((name) => FORWARDED.test(name)))
    return { local: false, because: "forwarded" };
  if (!origins.namesUs(single(headers["host"]))) return { local: false, because: "host" };
  // A header given twice is nobody's honest origin.
  const origin = headers["origin"];
  if (origin !== undefined && (typeof origin !== "string" || !origins.allows(origin))) {
    return { local: false, because: "origin" };
  }
  return { local: true };
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
