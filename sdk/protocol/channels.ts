import { z } from "zod";
import { jsonSchema } from "./json.ts";
import { countSchema, epochSchema, idSchema } from "./scalars.ts";

export const channelSubscribeSchema = z.object({
  channel: idSchema,
  projectId: idSchema.optional(),
  since: z.object({ epoch: epochSchema, offset: countSchema }).optional(),
});
export type ChannelSubscribe = z.infer<typeof channelSubscribeSchema>;

export const channelRefSchema = z.object({ channel: idSchema, projectId: idSchema.optional() });

export const channelPublishSchema = z.object({
  channel: idSchema,
  projectId: idSchema.optional(),
  data: jsonSchema,
});
export type ChannelPublish = z.infer<typeof channelPublishSchema>;

/** Offsets rise by 1 from 1 within an epoch of the channel's own; `timestamp` is ISO. */
export interface ChannelEvent<Data = unknown> {
  readonly type: "event";
  readonly channel: string;
  readonly projectId: string;
  readonly data: Data;
  readonly timestamp: string;
  readonly offset: number;
  readonly epoch: string;
}

export interface ChannelSubscribeAck {
  readonly epoch: string;
  readonly offset: number;
  readonly recovered: boolean;
  readonly events: readonly ChannelEvent[];
}

export interface ChannelPublishAck {
  readonly epoch: string;
  readonly offset: number;
}

/** Data of the six typed channels. */
export interface ChannelData {
  readonly files: {
    readonly file: string;
    readonly event: "add" | "change" | "unlink";
    readonly timestamp: string;
  };
  readonly diagnostics: { readonly diagnostics: readonly unknown[]; readonly timestamp: string };
  readonly "ai-response": {
    readonly id: string;
    readonly chunk: string;
    readonly index: number;
    readonly finished: boolean;
  };
  readonly search: {
    readonly query: string;
    readonly count: number;
    readonly total: number;
    readonly results: readonly unknown[];
  };
  readonly validation: Readonly<Record<string, unknown>>;
  readonly git: { readonly type: string; readonly message: string };
}
