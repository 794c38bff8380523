/** A small OpenAI-compatible upstream: says its own name, and how often it was asked. */
import type http from "node:http";
import { serve, type Asked, type TestServer } from "../../foreign/testing/http-server";

export interface NamedUpstream extends TestServer {
  behave: { status: number; /** Streams send a first chunk and then wait for `finish`. */ hold: boolean };
  /** Of streams that are held: open ones, and how each ended. */
  held: { response: http.ServerResponse; closed: Promise<void> }[];
  count(): number;
}

export async function namedUpstream(name: string): Promise<NamedUpstream> {
  const behave = { status: 200, hold: false };
  const held: NamedUpstream["held"] = [];
  const server = await serve((asked: Asked, response) => {
    const body = JSON.parse(asked.text) as { stream?: boolean };
    if (behave.status !== 200) return { status: behave.status, json: { error: { message: `${name} is broken` } } };
    if (!body.stream) return { json: completion(name) };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk(name));
    if (!behave.hold) response.end(`${chunk("end")}data: [DONE]\n\n`);
    else held.push({ response, closed: new Promise((resolve) => void response.once("close", resolve)) });
    return null;
  });
  return { ...server, behave, held, count: () => server.asked.length };
}

const completion = (content: string) => ({
  id: "c-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

export const chunk = (content: string) =>
  `data: ${JSON.stringify({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
