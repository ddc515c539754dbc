/** Lets real time pass, where its passing is the scenario itself (a cut of 5 s), never to wait for something. */
export function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
