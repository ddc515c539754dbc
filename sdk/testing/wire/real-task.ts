/** Runs a task in a macrotask of its own, under fake timers too. */
export function inRealTask(task: () => void): void {
  if (typeof MessageChannel !== "function") {
    setTimeout(task, 0);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(0);
}
