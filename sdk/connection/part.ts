/** A part of the client (sync, mutations, channels, ...), as the client and the connection see it. */
export interface Part {
  /** Fields this part adds to `handshake.auth`, asked anew at each attempt. */
  handshake?(): Readonly<Record<string, unknown>>;
  /** Says what is due after each connect, once state is synced. Called in the order of wiring; must not throw. */
  resume?(): void;
  /** The project changed: forget what belonged to the old one. */
  reset?(projectId: string): void;
  dispose(): void;
}
