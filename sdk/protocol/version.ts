/** Wire protocol version. A change of the contract's fingerprint must bump it. */
export const PROTOCOL_VERSION = 1;
