/**
 * An engine for tests: answers as vLLM does where the agent looks, starts in milliseconds, and misbehaves on order. The
 * model's name says how:
 *
 *   …crash-on-start   prints and ends with 1          …waits    is not healthy before the file $TEST_ENGINE_GATE exists
 *   …parent           starts a process of its own, as vLLM does
 *   …lies             runs another KV cache than told …deaf     /health fails once it was warm
 *
 * `POST /crash` ends it at once, `GET /argv` says how it was started, `GET /stats` counts answers and clients that left.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";

const args = process.argv.slice(2);
const after = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const model = after("--model") ?? "tiny";
const names = after("--served-model-name") ?? model;
const prefixCaching = !args.includes("--no-enable-prefix-caching");
const cacheDtype = model.endsWith("lies") ? "fp8_e5m2" : (after("--kv-cache-dtype") ?? "auto");
const stats = { answers: 0, left: 0, pid: process.pid };

if (process.env.TEST_ENGINE_STARTS) fs.appendFileSync(process.env.TEST_ENGINE_STARTS, `${process.pid} ${args.join(" ")}\n`);
if (model.endsWith("crash-on-start")) {
  console.error(`loading with ${process.env.HF_TOKEN ?? "no token"}`);
  console.error("torch.OutOfMemoryError: CUDA out of memory.");
  process.exit(1);
}

if (model.endsWith("parent")) {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
  fs.appendFileSync(process.env.TEST_ENGINE_STARTS, `${child.pid} child\n`);
}

const gateIsOpen = () => fs.existsSync(process.env.TEST_ENGINE_GATE ?? "/nowhere");
const ready = () => !model.endsWith("waits") || gateIsOpen();

const server = http.createServer((request, response) => {
  const json = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const path = request.url.split("?")[0];
  if (path === "/health") {
    response.writeHead(ready() && !(model.endsWith("deaf") && stats.answers > 0) ? 200 : 503).end();
  } else if (path === "/version") json(200, { version: "0.0.1-test" });
  else if (path === "/v1/models") json(200, { object: "list", data: [{ id: names, object: "model", root: model }] });
  else if (path === "/argv") json(200, args);
  else if (path === "/stats") json(200, stats);
  else if (path === "/echo") json(200, { headers: request.headers, url: request.url });
  else if (path === "/crash") process.exit(139);
  else if (path === "/metrics") {
    response.end(
      `# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{engine="0",cache_dtype="${cacheDtype}",enable_prefix_caching="${prefixCaching ? "True" : "False"}",gpu_memory_utilization="${after("--gpu-memory-utilization") ?? "0.9"}"} 1.0\n# TYPE test_engine_port gauge\ntest_engine_port ${server.address().port}\n`,
    );
  } else if (path === "/v1/chat/completions") void chat(request, response, json);
  else json(404, {});
});

async function chat(request, response, json) {
  let text = "";
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text);
  if (!body.stream) {
    stats.answers += 1;
    return json(200, { model: names, choices: [{ message: { role: "assistant", content: "ok" } }] });
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  // Without a count: until the gate is open.
  const goesOn = (token) => (body.tokens === undefined ? !gateIsOpen() : token < body.tokens);
  for (let token = 0; goesOn(token); token += 1) {
    response.write(`data: ${JSON.stringify({ pid: process.pid, token })}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, body.everyMs));
    if (response.destroyed) {
      stats.left += 1;
      return;
    }
  }
  stats.answers += 1;
  response.end("data: [DONE]\n\n");
}

server.listen(Number(after("--port") ?? process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
