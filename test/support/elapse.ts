/** Lets real time pass where that is the scenario itself: a cut of 5 s, a wait the server asked for. Never to wait for something. */
export function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
