/** Reading and answering in OpenAI's form, for the simulated engine and the simulated providers. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** On every answer: nothing here is real. */
export const SIMULATED = { "x-headroom-simulated": "1" } as const;
const LARGEST_BODY = 16 * 1_048_576;

export type Json = Record<string, unknown>;

/** Undefined: not a JSON object. */
export async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  try {
    const json = JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) {
    response.end();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...SIMULATED,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

export function sendError(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  const type = status < 500 ? "invalid_request_error" : "server_error";
  sendJson(response, status, { error: { message, type, param: null, code: status } }, headers);
}

export interface Usage {
  prompt: number;
  cached: number;
  cacheWrite?: number;
  output: number;
  reasoning: number;
}

const usageJson = (usage: Usage): Json => ({
  prompt_tokens: usage.prompt,
  completion_tokens: usage.output,
  total_tokens: usage.prompt + usage.output,
  prompt_tokens_details: {
    cached_tokens: usage.cached,
    ...(usage.cacheWrite ? { cache_write_tokens: usage.cacheWrite } : {}),
  },
  ...(usage.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } } : {}),
});

/** A chat completion on its way out, streamed or whole; the same content either way. */
export class ChatAnswer {
  private text = "";
  private tool: { name: string; arguments: string } | null = null;

  constructor(
    private readonly response: ServerResponse,
    private readonly about: { id: string; model: string; created: number; stream: boolean; wantsUsage: boolean },
    private readonly headers: Record<string, string> = {},
  ) {}

  push(text: string): void {
    if (!this.about.stream) {
      this.text += text;
      return;
    }
    const opening = !this.response.headersSent;
    if (opening) {
      this.response.writeHead(200, {
        ...SIMULATED,
        ...this.headers,
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
      });
      this.chunk([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
    }
    this.chunk([{ index: 0, delta: { content: text }, finish_reason: null }]);
  }

  /** Instead of text, and told as a whole. */
  callTool(tool: { name: string; arguments: string }): void {
    this.tool = tool;
  }

  end(finish: "stop" | "length", usage: Usage): void {
    if (this.response.destroyed) return;
    const finishReason = this.tool && finish === "stop" ? "tool_calls" : finish;
    const calls = this.tool
      ? { tool_calls: [{ index: 0, id: `call-${this.about.id}`, type: "function", function: this.tool }] }
      : {};
    if (this.about.stream) {
      if (this.tool) this.push("");
      this.chunk([{ index: 0, delta: calls, finish_reason: finishReason }]);
      if (this.about.wantsUsage) this.chunk([], usageJson(usage));
      this.response.end("data: [DONE]\n\n");
      return;
    }
    const message = { role: "assistant", content: this.tool ? null : this.text, ...calls };
    sendJson(
      this.response,
      200,
      {
        ...this.common("chat.completion"),
        choices: [{ index: 0, message, finish_reason: finishReason }],
        usage: usageJson(usage),
      },
      this.headers,
    );
  }

  private common(object: string): Json {
    const { id, created, model } = this.about;
    return { id, object, created, model, system_fingerprint: "headroom-simulated" };
  }

  private chunk(choices: unknown[], usage: Json | null = null): void {
    if (this.response.destroyed) return;
    this.response.write(
      `data: ${JSON.stringify({ ...this.common("chat.completion.chunk"), choices, ...(usage ? { usage } : {}) })}\n\n`,
    );
  }
}
