/** Whether a TCP peer's address is this machine: 127.0.0.0/8, `::1`, and 127.0.0.0/8 mapped into IPv6. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(address);
}

/**
 * Whether a host name, without its port, can only mean this machine. Names that need a resolver
 * (`localhost.example.com`, also `x.localhost`) do not count: DNS rebinding answers those as it likes.
 */
export function isLoopbackHostname(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i.test(hostname);
}
