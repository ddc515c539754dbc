export {
  type Attachment,
  type AttachmentState,
  type AttachOptions,
  attachTerminal,
} from "./attach-terminal.ts";
export type { TerminalLike } from "./terminal-like.ts";
