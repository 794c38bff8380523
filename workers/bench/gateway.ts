/**
 * `npm run bench:gateway [-- --rate 200 --seconds 20]`
 *
 * The bundled gateway, an upstream that answers at once, and the client are three processes. The client asks at a fixed
 * rate (open loop: a late answer does not slow the next question), in turns direct and through the gateway, so that both
 * see the same machine. Prints what the gateway adds and writes .headroom/bench/gateway.json.
 */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { parseArgs } from "node:util";
import { bundleGateway } from "../gateway/bundle";

const { values: args } = parseArgs({
  options: {
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "20" },
    role: { type: "string", default: "client" },
  },
});
const RATE = Number(args.rate);
const SECONDS = Number(args.seconds);
const root = path.join(import.meta.dirname, "../..");

/** Answers at once; also takes the gateway's telemetry, so that the gateway does all of its work. */
function serveUpstream(): void {
  const usage = { prompt_tokens: 200, completion_tokens: 100, total_tokens: 300 };
  const message = { role: "assistant", content: "x".repeat(400) };
  const whole = JSON.stringify({
    id: "c",
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  });
  const chunk = `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content: "word " }, finish_reason: null }] })}\n\n`;
  const last = `data: ${JSON.stringify({ id: "c", choices: [], usage })}\n\ndata: [DONE]\n\n`;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (data: Buffer) => chunks.push(data));
    request.on("end", () => {
      if (request.url?.startsWith("/api/")) response.end('{"accepted":0,"duplicates":0,"conflicts":0,"rejected":0,"items":[]}');
      else if (Buffer.concat(chunks).includes('"stream":true')) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (let index = 0; index < 20; index += 1) response.write(chunk);
        response.end(last);
      } else {
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(whole) });
        response.end(whole);
      }
    });
  });
  server.listen(0, "127.0.0.1", () =>
    console.error(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })),
  );
}

/** The `url` that a started process prints. */
async function urlOf(child: ChildProcess): Promise<string> {
  for await (const line of readline.createInterface({ input: child.stderr! })) {
    const { url } = (line.startsWith("{") ? JSON.parse(line) : {}) as { url?: string };
    if (url) {
      child.stderr!.resume();
      return url;
    }
    if (!line.startsWith("{")) console.error(line);
  }
  throw new Error("A process ended before it listened.");
}

const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1_024, scheduling: "lifo" });

interface Timing {
  firstMs: number;
  wholeMs: number;
}

let asked = 0;

function ask(url: string, body: object): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const payload = JSON.stringify(body);
    const since = performance.now();
    const headers = {
      authorization: "Bearer bench",
      "content-type": "application/json",
      "content-length": Buffer.byteLength(payload),
    };
    const request = http.request(`${url}/v1/chat/completions`, { method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      let firstMs = 0;
      response.on("data", () => {
        firstMs ||= performance.now() - since;
      });
      response.on("end", () => resolve({ firstMs, wholeMs: performance.now() - since }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(payload);
  });
}

/** Each one another question, so that no cache and no coalescing helps. */
const question = (over: object = {}) => {
  asked += 1;
  return { model: "chat", messages: [{ role: "user", content: `${asked} ${"y".repeat(800)}` }], ...over };
};

/** `seconds` at the fixed rate. */
async function openLoop(url: string, seconds: number, body: () => object): Promise<Timing[]> {
  const started = performance.now();
  const answers: Promise<Timing>[] = [];
  for (let index = 0; index < RATE * seconds; index += 1) {
    const wait = started + (index * 1_000) / RATE - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    answers.push(ask(url, body()));
  }
  return Promise.all(answers);
}

/** Answers a second with 32 clients that ask again as soon as they have an answer. */
async function closedLoop(url: string, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (performance.now() < end) {
        await ask(url, question());
        count += 1;
      }
    }),
  );
  return Math.round(count / seconds);
}

function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!.toFixed(3));
}

const summary = (values: number[]) => ({ p50Ms: quantile(values, 0.5), p99Ms: quantile(values, 0.99), n: values.length });

/** In turns of two seconds, direct first. */
async function compare(direct: string, gateway: string, body: () => object, read: (timing: Timing) => number) {
  const samples = { direct: [] as number[], gateway: [] as number[] };
  for (let turn = 0; turn < SECONDS / 4; turn += 1) {
    samples.direct.push(...(await openLoop(direct, 2, body)).map(read));
    samples.gateway.push(...(await openLoop(gateway, 2, body)).map(read));
  }
  const [without, through] = [summary(samples.direct), summary(samples.gateway)];
  const added = (name: "p50Ms" | "p99Ms") => Number((through[name] - without[name]).toFixed(3));
  return { direct: without, gateway: through, addedP50Ms: added("p50Ms"), addedP99Ms: added("p99Ms") };
}

async function main(): Promise<void> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-bench-"));
  const bundle = path.join(dir, "gateway.mjs");
  await bundleGateway(bundle);
  const upstream = spawn(process.execPath, ["--import", "tsx", "workers/bench/gateway.ts", "--role", "upstream"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const direct = await urlOf(upstream);
  const target = { upstream: "up", model: "m", weight: 1 };
  const write = (name: string, value: object) => fs.writeFileSync(path.join(dir, name), JSON.stringify(value));
  write("policy.json", {
    schema: 1,
    layers: [
      { scope: { level: "global" }, policies: { routing: { routes: { chat: { targets: { a: target } } } } } },
      { scope: { level: "endpoint", value: "cached" }, policies: { caching: { exact: { enabled: true } } } },
    ],
  });
  write("gateway.json", {
    name: "bench",
    listen: { port: 0 },
    stateDir: path.join(dir, "state"),
    console: { url: direct },
    upstreams: { up: { baseUrl: `${direct}/v1`, provider: "bench" } },
    identity: { anonymousTenant: "bench" },
    endpoints: { paths: { "/cached": "cached" } },
  });
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [bundle, "--config", path.join(dir, "gateway.json"), "--policy", path.join(dir, "policy.json")],
    {
      env: { ...process.env, HEADROOM_INGEST_KEY: "bench" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  try {
    const gateway = await urlOf(child);
    const startMs = Math.round(performance.now() - started);
    for (const url of [direct, gateway]) await openLoop(url, 2, question);
    const whole = await compare(direct, gateway, question, ({ wholeMs }) => wholeMs);
    const firstByte = await compare(
      direct,
      gateway,
      () => question({ stream: true }),
      ({ firstMs }) => firstMs,
    );
    const same = question();
    await ask(`${gateway}/cached`, same);
    const cacheHit = summary(
      (await openLoop(`${gateway}/cached`, Math.max(2, SECONDS / 4), () => same)).map(({ wholeMs }) => wholeMs),
    );
    const perSecond = { direct: await closedLoop(direct, 5), gateway: await closedLoop(gateway, 5) };
    const result = {
      rate: RATE,
      load: os.loadavg().map((load) => Number(load.toFixed(2))),
      startMs,
      whole,
      firstByte,
      cacheHit,
      perSecond,
    };
    console.log(JSON.stringify(result, null, 2));
    fs.mkdirSync(path.join(root, ".headroom/bench"), { recursive: true });
    fs.writeFileSync(path.join(root, ".headroom/bench/gateway.json"), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    child.kill("SIGKILL");
    upstream.kill("SIGKILL");
    agent.destroy();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

if (args.role === "upstream") serveUpstream();
else await main();
