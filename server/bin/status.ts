import { z } from "zod";
import { defineCommand } from "./command.ts";
import { statusText } from "./status-text.ts";

/** How long a server may take to say how it is. */
const ANSWER_MS = 5_000;

export const command = defineCommand({
  name: "status",
  summary: "what a running server is doing, as text",
  examples: [
    { line: "holdfast status", does: "the server on this machine" },
    { line: "holdfast status --url https://live.example.com", does: "another one, counts only" },
  ],
  flags: z.object({
    url: z
      .url({ protocol: /^https?$/, error: "write it as http://127.0.0.1:3000" })
      .default("http://127.0.0.1:3000")
      .meta({
        value: "URL",
        description: "the server",
      }),
    token: z
      .string()
      .min(1)
      .optional()
      .meta({ value: "TOKEN", description: "to see room names of another machine's" }),
  }),
  async run({ flags: { url, token }, stdout }) {
    const response = await ask(new URL("/ws-status", url), token);
    stdout.write(`${statusText(url, response)}\n`);
    return 0;
  },
});

async function ask(url: URL, token: string | undefined): Promise<unknown> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return await response.json();
  } catch (error) {
    const why = error instanceof Error && !/fetch failed/.test(error.message) ? ` (${error.message})` : "";
    throw new Error(
      `no Holdfast server answers at ${url.origin}${why}; start one with holdfast serve, or give --url`,
    );
  }
}
