import { connected, requested } from "../gateway/running-server.ts";

/** A terminal owned by a bare client on `/ui`: what it is asked, and how to make output. */
export async function ownTerminal(url: string, sessionId: string, projectId = "p1") {
  const { socket } = await connected(url, "/ui", { auth: { projectId, protocol: 1 } });
  const inputs: string[] = [];
  const sizes: unknown[] = [];
  socket.on("terminal:input", ({ data }: { data: string }, ack: (answer: object) => void) => {
    inputs.push(data);
    ack({ success: true });
  });
  socket.on("terminal:resize", (size: unknown) => sizes.push(size));
  await requested(socket, "terminal:register", { sessionId, ptyId: "pty", cols: 20, rows: 4, projectId });
  return {
    socket,
    inputs,
    sizes,
    output: (data: string) => requested(socket, "terminal:output", { ptyId: "pty", data }),
    resized: (cols: number, rows: number) =>
      requested(socket, "terminal:resized", { ptyId: "pty", cols, rows }),
    exit: (exitCode: number) => requested(socket, "terminal:exit", { ptyId: "pty", exitCode }),
  };
}
