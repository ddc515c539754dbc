/** Holds a program while anybody wants it held; letting go for one reason does not release it from another. */
export interface Brake {
  set(reason: string, isHeld: boolean): void;
}

export function createBrake(hold: () => void, release: () => void): Brake {
  const reasons = new Set<string>();
  return {
    set(reason, isHeld) {
      const wasHeld = reasons.size > 0;
      if (isHeld) reasons.add(reason);
      else reasons.delete(reason);
      if (reasons.size > 0 === wasHeld) return;
      if (wasHeld) release();
      else hold();
    },
  };
}
