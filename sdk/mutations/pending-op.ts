/** What a write does, as the application called it. */
export type PendingOp =
  | "create"
  | "update"
  | "remove"
  | "claim"
  | "release"
  | "spawn"
  | "replyInput"
  | "modalAction"
  | "send";
