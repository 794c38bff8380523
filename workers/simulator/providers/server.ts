/**
 * OpenAI, Anthropic and Google as the demo's gateways see them: `/<provider>/v1/chat/completions` and `/embeddings` in
 * OpenAI's form. Nothing is asked of anybody; every answer is labelled. Prompt caches: OpenAI's by itself, Anthropic's for
 * messages with `cache_control`, billed as reads and writes.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { randomAt } from "@/lib/stats/random";
import { embed } from "../embedding";
import { PrefixCache } from "../engine/prefix-cache";
import { goldenOf, piecesOf } from "../golden/golden-prompts";
import { ChatAnswer, readBody, sendError, sendJson, type Json, type Usage } from "../openai-http";
import { countTokens, textOf, wishOf, wordAt, type Wish } from "../simulated-text";
import { billedPrefix, planOf, PROVIDERS, treat, type ProviderName } from "./behave";

const DIMENSIONS = 256;
const CACHE_BLOCKS = 40_000;
/** Tokens of a stream come in bunches this often, not one by one: the demo has better things to compute. */
const BUNCH_MS = 100;

interface Deps {
  seed: number;
  /** Simulated seconds in a real one. */
  speed: number;
}

interface Provider {
  name: ProviderName;
  prefixes: PrefixCache;
  asked: number;
}

export interface RunningProviders {
  port: number;
  close(): Promise<void>;
}

export async function startProviders(deps: Deps, port: number): Promise<RunningProviders> {
  const providers = new Map<string, Provider>(
    PROVIDERS.map((name) => [name, { name, prefixes: new PrefixCache(CACHE_BLOCKS), asked: 0 }]),
  );
  const server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const [, name, path] = /^\/(\w+)\/v1\/(.+)$/.exec((request.url ?? "").split("?")[0]!) ?? [];
    const provider = providers.get(name ?? "");
    if (!provider) return sendError(response, 404, `There is no such provider here; there are ${PROVIDERS.join(", ")}.`);
    handle(deps, provider, path!, request, response).catch(() => sendError(response, 500, "The simulated provider failed."));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  deps: Deps,
  provider: Provider,
  path: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  if (request.method !== "POST" || (path !== "chat/completions" && path !== "embeddings"))
    return sendError(response, 404, "Not found.");
  const body = await readBody(request);
  if (!body) return sendError(response, 400, "The body is not a JSON object.");
  const plan = planOf(provider.name, String(body["model"]));
  if (!plan) return sendError(response, 404, `The model \`${String(body["model"])}\` does not exist.`);
  // By order of arrival: the same seed and the same requests give the same answers.
  const random = randomAt(deps.seed, provider.name, (provider.asked += 1));
  const usage = path === "embeddings" ? embeddingUsage(body) : chatUsage(provider, body);
  const treatment = treat(plan, usage.prompt - usage.cached, random);
  const timers = new Timers(response, deps.speed);
  if (treatment.kind === "refused") {
    const limited = treatment.status === 429;
    const message = limited ? "Rate limit reached (simulated)." : "The server had an error (simulated).";
    timers.after(treatment.afterMs, () => sendError(response, treatment.status, message, limited ? { "retry-after": "1" } : {}));
    return;
  }
  if (path === "embeddings") {
    timers.after(treatment.firstTokenMs, () => sendEmbeddings(response, body, usage));
    return;
  }
  const known = goldenOf(textOf(body["messages"]))?.right;
  const wanted = wishFor(body["messages"]).output;
  const { output, reasoning } = usage;
  const answer = new ChatAnswer(response, {
    id: `chatcmpl-simulated-${random.hex(16)}`,
    model: plan.model,
    created: Math.floor(Date.now() / 1_000),
    stream: body["stream"] === true,
    wantsUsage: (body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true,
  });
  const label = ["[simulated", `${provider.name}]`];
  const visible = output - reasoning;
  // A golden answer is exact, and a provider's model always right about it; only headers say that it is simulated.
  const pieces = known && (known.tool ? [] : piecesOf(known));
  const write = pieces ? (index: number) => pieces[index] ?? "" : (index: number) => wordAt(label, index);
  let sent = 0;
  const push = (upTo: number) => {
    let text = "";
    for (; sent < upTo; sent += 1) text += write(sent);
    if (text !== "") answer.push(text);
  };
  // Reasoning comes first and is not shown.
  const startMs = treatment.firstTokenMs + reasoning * treatment.msPerToken;
  const endMs = startMs + visible * treatment.msPerToken;
  if (body["stream"] === true) {
    for (let atMs = startMs; atMs < endMs; atMs += BUNCH_MS)
      timers.after(atMs, () => push(Math.min(visible, Math.ceil((atMs - startMs) / treatment.msPerToken) + 1)));
  }
  timers.after(endMs, () => {
    push(visible);
    if (known?.tool) answer.callTool(known.tool);
    answer.end(output < wanted ? "length" : "stop", usage);
  });
}

function wishFor(messages: unknown): Wish {
  const prompt = textOf(messages);
  const known = goldenOf(prompt)?.right;
  return known ? { output: piecesOf(known).length, reasoning: 0 } : wishOf(prompt);
}

/** What a chat request is billed. */
function chatUsage(provider: Provider, body: Json): Usage {
  const messages = body["messages"];
  const prompt = countTokens(messages);
  const wish = wishFor(messages);
  const cap = Number(body["max_completion_tokens"] ?? body["max_tokens"] ?? Infinity);
  const output = Math.max(1, Math.min(wish.output, cap));
  const reasoning = Math.min(wish.reasoning, output - 1);
  if (provider.name === "openai")
    return { prompt, cached: billedPrefix(provider.prefixes.take(textOf(messages), prompt)), output, reasoning };
  const marked = provider.name === "anthropic" ? markedMessages(messages) : [];
  if (marked.length === 0) return { prompt, cached: 0, output, reasoning };
  const markedTokens = countTokens(marked);
  const cached = billedPrefix(provider.prefixes.take(textOf(marked), markedTokens));
  return { prompt, cached, cacheWrite: markedTokens - cached, output, reasoning };
}

/** Messages up to the last one with `cache_control`. */
function markedMessages(messages: unknown): unknown[] {
  const list = Array.isArray(messages) ? (messages as { content?: unknown }[]) : [];
  const last = list.findLastIndex(
    ({ content }) =>
      Array.isArray(content) && content.some((part: { cache_control?: unknown }) => part.cache_control !== undefined),
  );
  return list.slice(0, last + 1);
}

const inputsOf = (body: Json): unknown[] => (Array.isArray(body["input"]) ? (body["input"] as unknown[]) : [body["input"]]);

const embeddingUsage = (body: Json): Usage => ({ prompt: countTokens(inputsOf(body)), cached: 0, output: 0, reasoning: 0 });

function sendEmbeddings(response: http.ServerResponse, body: Json, usage: Usage): void {
  const data = inputsOf(body).map((input, index) => ({
    object: "embedding",
    index,
    embedding: embed(textOf(input), DIMENSIONS),
  }));
  const tokens = { prompt_tokens: usage.prompt, total_tokens: usage.prompt };
  sendJson(response, 200, { object: "list", data, model: body["model"], usage: tokens });
}

/** Things that happen later in an answer; none once the client has left. */
class Timers {
  private readonly due: { atMs: number; run: () => void }[] = [];
  private readonly startedMs = performance.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    response: http.ServerResponse,
    private readonly speed: number,
  ) {
    response.on("close", () => {
      clearTimeout(this.timer);
      this.due.length = 0;
    });
  }

  /** In order: one timer for all of them. */
  after(simulatedMs: number, run: () => void): void {
    this.due.push({ atMs: simulatedMs / this.speed, run });
    if (this.due.length === 1) this.arm();
  }

  private arm(): void {
    const next = this.due[0];
    if (!next) return;
    this.timer = setTimeout(
      () => {
        this.due.shift();
        next.run();
        this.arm();
      },
      Math.max(0, this.startedMs + next.atMs - performance.now()),
    );
  }
}
