/** Bootstrap slots as all servers of a cluster have them: every server is told every slot, the last one set last. */
export interface SharedSlots {
  set(projectId: string, slot: string, payload: unknown): void;
  /** The project's slots are gone. */
  forget(projectId: string): void;
  /** Tells each slot at the start, when another server set it, and again after this one was cut off. */
  onSet(listener: (projectId: string, slot: string, payload: unknown) => void): () => void;
}
