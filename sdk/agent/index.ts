export { type Agent, type AgentOptions, createAgent } from "./create-agent.ts";
export type { OwnerState } from "./owner.ts";
export type { PtyExit } from "./pty.ts";
export { ProgramError } from "./require-program.ts";
export { type SharedTerminal, type ShareOptions, shareTerminal } from "./share-terminal.ts";
