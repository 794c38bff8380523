/** The HTTP face of the simulated engine: vLLM's paths, each answer labelled as simulated. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { embed } from "../embedding";
import { goldenMisses, goldenOf, piecesOf } from "../golden/golden-prompts";
import { ChatAnswer, readBody, sendError, sendJson, SIMULATED, type Json } from "../openai-http";
import { countTokens, shareOf, textOf, wishOf, wordAt } from "../simulated-text";
import { Engine, type EngineParts } from "./engine";
import { engineMetrics, gpuMetrics } from "./metrics";
import { missesOf } from "./model";

const VERSION = "0.11.0+simulated";
const EMBEDDING_DIMENSIONS = 256;

export interface RunningEngine {
  engine: Engine;
  url: string;
  close(): Promise<void>;
}

/** `onOutOfMemory`: the fault of that name came; the program is to end. */
export async function startEngine(parts: EngineParts, onOutOfMemory: () => void): Promise<RunningEngine> {
  const engine = new Engine(parts);
  const { host, port } = parts.settings;
  let answered = 0;
  const served = () => {
    answered += 1;
    if (parts.fault.oomAfter !== null && answered >= parts.fault.oomAfter) onOutOfMemory();
  };
  const server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    handle(engine, request, response, served).catch(() => sendError(response, 500, "The simulated engine failed."));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    engine,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  engine: Engine,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  served: () => void,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  const { settings, gpu, memory, now, fault, random } = engine.parts;
  const text = (body: string) => {
    response.writeHead(200, { ...SIMULATED, "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(body);
  };
  if (path === "/dcgm") return text(gpuMetrics(engine, now()));
  if (!engine.ready) {
    response.writeHead(503, { ...SIMULATED, "retry-after": "1" }).end("The model is loading.\n");
    return;
  }
  if (path === "/health") {
    response.writeHead(200, SIMULATED).end();
    return;
  }
  if (path === "/metrics") return text(engineMetrics(engine));
  if (path === "/version") return sendJson(response, 200, { version: VERSION });
  // vLLM answers it in development mode; the simulator always, since a label on it costs nothing.
  if (path === "/server_info") return sendJson(response, 200, { simulated: true, gpu: gpu.name, vllm_config: settings, memory });
  if (path === "/v1/models") {
    const data = settings.servedModelNames.map((id) => ({
      id,
      object: "model",
      created: Math.floor(engine.startedMs / 1_000),
      owned_by: "simulated",
      root: settings.model,
      max_model_len: memory.maxModelLen,
    }));
    return sendJson(response, 200, { object: "list", data });
  }
  if (path !== "/v1/chat/completions" && path !== "/v1/embeddings") return sendError(response, 404, "Not Found");
  if (request.method !== "POST") return sendError(response, 405, "Method Not Allowed");
  const body = await readBody(request);
  if (!body) return sendError(response, 400, "The body is not a JSON object.");
  if (!settings.servedModelNames.includes(String(body["model"])))
    return sendError(response, 404, `The model \`${String(body["model"])}\` does not exist.`);
  if (engine.asked++ >= fault.errorsAfter && random() < fault.errorShare)
    return sendError(response, 500, "EngineCore encountered an issue (HEADROOM_SIM_FAULT).");
  response.on("finish", () => response.statusCode === 200 && served());
  if (path === "/v1/embeddings") return answerEmbeddings(engine, body, response);
  answerChat(engine, body, response);
}

function answerChat(engine: Engine, body: Json, response: http.ServerResponse): void {
  const { settings, memory, now } = engine.parts;
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0) return sendError(response, 400, "messages must be a list.");
  const promptTokens = countTokens(messages);
  if (promptTokens >= memory.maxModelLen) {
    const message = `This model's maximum context length is ${memory.maxModelLen} tokens. However, your messages resulted in ${promptTokens} tokens.`;
    return sendError(response, 400, message);
  }
  const prompt = textOf(messages);
  // The same prompt misses or not at every precision alike, but for the precision's own share: comparisons are paired.
  const misses = missesOf(settings);
  const golden = goldenOf(prompt);
  const goldenMissed = golden !== undefined && shareOf(`hard ${prompt}`) < goldenMisses(golden, misses);
  const known = golden && (goldenMissed ? golden.wrong : golden.right);
  const wanted = known ? piecesOf(known).length : wishOf(prompt).output;
  const cap = Number(body["max_tokens"] ?? body["max_completion_tokens"] ?? Infinity);
  const outputTokens = Math.max(1, Math.min(wanted, cap, memory.maxModelLen - promptTokens));
  const finish = outputTokens < wanted ? ("length" as const) : ("stop" as const);

  const missed = golden ? goldenMissed : shareOf(`miss ${prompt}`) < misses.content;
  const format = (body["response_format"] as { type?: string } | undefined)?.type;
  const json = format === "json_object" || format === "json_schema";
  const broken = json && !golden && shareOf(`format ${prompt}`) < misses.format;
  const how = { missed, json, broken, finished: finish === "stop", outputTokens };
  // A golden answer is exact; that it is simulated is said by the header and the fingerprint alone.
  const pieces = known && (known.tool ? [] : piecesOf(known));
  const write = pieces ? (index: number) => pieces[index] ?? "" : writer(settings.precision, how);

  const wantsUsage = (body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;
  const about = {
    id: `chatcmpl-simulated-${(now() % 1e9).toString(36)}-${Math.floor(engine.parts.random() * 1e9).toString(36)}`,
    model: String(body["model"]),
    created: Math.floor(now() / 1_000),
    stream: body["stream"] === true,
    wantsUsage,
  };
  const answer = new ChatAnswer(response, about, { "x-headroom-simulated-quality": missed || broken ? "miss" : "ok" });
  const { cachedTokens, cancel } = engine.submit({
    prompt,
    promptTokens,
    outputTokens,
    onTokens: (from, count) => {
      let text = "";
      for (let index = from; index < from + count; index += 1) text += write(index);
      answer.push(text);
    },
    onEnd: (end) => {
      if (end === "finished") {
        if (finish === "length") {
          engine.counts.stop -= 1;
          engine.counts.length += 1;
        }
        if (known?.tool) answer.callTool(known.tool);
        answer.end(finish, { prompt: promptTokens, cached: cachedTokens, output: outputTokens, reasoning: 0 });
      } else if (response.headersSent) response.destroy();
      else sendError(response, 500, "CUDA out of memory (simulated): a long prompt found no room beside the KV cache.");
    },
  });
  response.on("close", cancel);
}

/** Token number → its text. */
function writer(
  precision: string,
  how: { missed: boolean; json: boolean; broken: boolean; finished: boolean; outputTokens: number },
): (index: number) => string {
  const quality = `quality=${how.missed ? "miss" : "ok"}`;
  if (!how.json) {
    const label = ["[simulated", precision, `${quality}]`];
    return (index) => wordAt(label, index);
  }
  const opening = `{"simulated":"${precision}","quality":"${how.missed ? "miss" : "ok"}","text":"`;
  return (index) => {
    const last = index === how.outputTokens - 1 && how.finished && !how.broken ? '"}' : "";
    return (index === 0 ? opening : wordAt([], index).trimStart().concat(" ")) + last;
  };
}

function answerEmbeddings(engine: Engine, body: Json, response: http.ServerResponse): void {
  const inputs = Array.isArray(body["input"]) ? (body["input"] as unknown[]) : [body["input"]];
  const tokens = countTokens(inputs);
  engine.submit({
    prompt: "",
    promptTokens: Math.min(tokens, engine.parts.memory.maxModelLen - 1),
    outputTokens: 1,
    onTokens: () => undefined,
    onEnd: () => {
      const data = inputs.map((input, index) => ({
        object: "embedding",
        index,
        embedding: embed(textOf(input), EMBEDDING_DIMENSIONS),
      }));
      sendJson(response, 200, {
        object: "list",
        data,
        model: body["model"],
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      });
    },
  });
}
