/**
 * `npm run bench:gateway [-- --rate 200 --seconds 20]`
 *
 * The bundled gateway, Portkey's gateway from npm, an upstream that answers at once, and the client are four processes.
 * The client asks at a fixed rate (open loop: a late answer does not slow the next question), in turns direct and through
 * each gateway, so that all see the same machine; then as fast as it gets answers. Portkey keeps no telemetry here and ours
 * does: the comparison is not in our favour. CPU per request is read from /proc, and says the same on a busy machine.
 * Prints what the gateway adds and writes .headroom/bench/gateway.json.
 */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { parseArgs } from "node:util";
import { freePort } from "@/lib/db/embedded";
import { randomAt } from "@/lib/stats/random";
import { bundleGateway } from "../gateway/bundle";
import { MeaningIndex, vectorOf } from "../gateway/meaning-index";
import { cpuSeconds } from "./cpu-seconds";

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

/** Portkey's gateway as it comes from npm. It calls private addresses only when told that they are trusted. */
async function startPortkey(): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const folder = path.dirname(createRequire(import.meta.url).resolve("@portkey-ai/gateway/package.json"));
  const child = spawn(process.execPath, [path.join(folder, "build/start-server.js"), "--headless", `--port=${port}`], {
    env: { PATH: process.env["PATH"], NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of readline.createInterface({ input: child.stdout! })) {
    if (!line.includes("Ready for connections")) continue;
    child.stdout!.resume();
    return { url: `http://127.0.0.1:${port}`, child };
  }
  throw new Error("Portkey ended before it listened.");
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

/** Somebody to ask. Portkey is told by headers what to do with a request. */
interface Place {
  url: string;
  headers?: Record<string, string>;
  pid?: number;
}

interface Timing {
  firstMs: number;
  wholeMs: number;
}

let asked = 0;

function ask({ url, headers: own }: Place, body: object): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const payload = JSON.stringify(body);
    const since = performance.now();
    const headers = {
      authorization: "Bearer bench",
      "content-type": "application/json",
      "content-length": Buffer.byteLength(payload),
      ...own,
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
    request.on("error", (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection just as it was used: asked anew, and timed anew.
      if (request.reusedSocket && error.code === "ECONNRESET") resolve(ask({ url, ...(own ? { headers: own } : {}) }, body));
      else reject(error);
    });
    request.end(payload);
  });
}

/** Each one another question, so that no cache and no coalescing helps. */
const question = (over: object = {}) => {
  asked += 1;
  return { model: "chat", messages: [{ role: "user", content: `${asked} ${"y".repeat(800)}` }], ...over };
};

/** `seconds` at the fixed rate. */
async function openLoop(place: Place, seconds: number, body: () => object): Promise<Timing[]> {
  const started = performance.now();
  const answers: Promise<Timing>[] = [];
  for (let index = 0; index < RATE * seconds; index += 1) {
    const wait = started + (index * 1_000) / RATE - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = ask(place, body());
    // Thrown when all are awaited; until then it is no unhandled one, which would leave the other processes running.
    answer.catch(() => undefined);
    answers.push(answer);
  }
  return Promise.all(answers);
}

/** With 32 clients that ask again as soon as they have an answer. */
async function closedLoop(place: Place, seconds: number): Promise<{ perSecond: number; cpuMs: number | null }> {
  const cpu = place.pid === undefined ? undefined : cpuSeconds(place.pid);
  const since = performance.now();
  const end = since + seconds * 1_000;
  let count = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (performance.now() < end) {
        await ask(place, question());
        count += 1;
      }
    }),
  );
  const after = cpu === undefined ? undefined : cpuSeconds(place.pid!);
  return {
    perSecond: (count / (performance.now() - since)) * 1_000,
    cpuMs: after === undefined ? null : ((after - cpu!) * 1_000) / count,
  };
}

/** Rounds in turns; the median of each. */
async function throughput(places: Record<string, Place>) {
  const rounds = Object.entries(places).map(([name, place]) => ({
    name,
    place,
    runs: [] as Awaited<ReturnType<typeof closedLoop>>[],
  }));
  const seconds = Math.max(1, SECONDS / 8);
  for (let round = 0; round < 3; round += 1) {
    for (const { place, runs } of rounds) runs.push(await closedLoop(place, seconds));
  }
  return Object.fromEntries(
    rounds.map(({ name, runs }) => [
      name,
      {
        perSecond: Math.round(
          quantile(
            runs.map((run) => run.perSecond),
            0.5,
          ),
        ),
        cpuMsPerRequest:
          runs[0]!.cpuMs === null
            ? null
            : quantile(
                runs.map((run) => run.cpuMs!),
                0.5,
              ),
      },
    ]),
  );
}

function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!.toFixed(3));
}

const summary = (values: number[]) => ({ p50Ms: quantile(values, 0.5), p99Ms: quantile(values, 0.99), n: values.length });

/** In turns of two seconds, direct first. */
async function compare(
  places: Record<"direct" | "gateway" | "portkey", Place>,
  body: () => object,
  read: (timing: Timing) => number,
) {
  const samples = { direct: [] as number[], gateway: [] as number[], portkey: [] as number[] };
  for (let turn = 0; turn < SECONDS / 6; turn += 1) {
    for (const name of ["direct", "gateway", "portkey"] as const)
      samples[name].push(...(await openLoop(places[name], 2, body)).map(read));
  }
  const direct = summary(samples.direct);
  const through = (name: "gateway" | "portkey") => {
    const measured = summary(samples[name]);
    const added = (quantileName: "p50Ms" | "p99Ms") => Number((measured[quantileName] - direct[quantileName]).toFixed(3));
    return { ...measured, addedP50Ms: added("p50Ms"), addedP99Ms: added("p99Ms") };
  };
  return { direct, gateway: through("gateway"), portkey: through("portkey") };
}

/** A full partition of the semantic cache, searched in this process: 5,000 vectors of 1,536 components, nothing found. */
function searchMeanings(): { p50Ms: number; p99Ms: number; n: number } {
  const random = randomAt("meanings");
  const parts = (count: number, part: (at: number) => number) => Array.from({ length: count }, (_, at) => part(at));
  // Texts of one subject are a little alike, at a cosine of about 0.25; that makes the search slower, not faster.
  const subject = parts(1_536, () => random.next() - 0.5);
  const question = () => vectorOf(parts(1_536, (at) => 0.6 * subject[at]! + random.next() - 0.5))!;
  const index = new MeaningIndex<null>(Number.MAX_SAFE_INTEGER);
  for (let id = 0; id < 5_000; id += 1) index.add("", String(id), question(), null, 0, Number.MAX_SAFE_INTEGER);
  const search = () => {
    const wanted = question();
    const since = performance.now();
    index.nearest("", wanted, 0.97, 0);
    return performance.now() - since;
  };
  parts(50, search);
  return summary(parts(200, search));
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
  const portkey = await startPortkey();
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
    const places = {
      direct: { url: direct },
      gateway: { url: gateway, pid: child.pid! },
      portkey: {
        url: portkey.url,
        pid: portkey.child.pid!,
        headers: { "x-portkey-provider": "openai", "x-portkey-custom-host": `${direct}/v1` },
      },
    };
    const cached = { url: `${gateway}/cached`, pid: child.pid! };
    for (const place of Object.values(places)) await openLoop(place, 2, question);
    const whole = await compare(places, question, ({ wholeMs }) => wholeMs);
    const firstByte = await compare(
      places,
      () => question({ stream: true }),
      ({ firstMs }) => firstMs,
    );
    const same = question();
    await ask(cached, same);
    const cacheHit = summary((await openLoop(cached, Math.max(2, SECONDS / 4), () => same)).map(({ wholeMs }) => wholeMs));
    const perSecond = await throughput(places);
    const ratio = (a: number | null, b: number | null) => (a === null || b === null ? null : Number((a / b).toFixed(2)));
    const [ours, theirs] = [perSecond["gateway"]!, perSecond["portkey"]!];
    const result = {
      rate: RATE,
      load: os.loadavg().map((load) => Number(load.toFixed(2))),
      startMs,
      whole,
      firstByte,
      cacheHit,
      meaningSearch: searchMeanings(),
      perSecond,
      timesPortkey: {
        perSecond: ratio(ours.perSecond, theirs.perSecond),
        cpu: ratio(theirs.cpuMsPerRequest, ours.cpuMsPerRequest),
      },
    };
    console.log(JSON.stringify(result, null, 2));
    fs.mkdirSync(path.join(root, ".headroom/bench"), { recursive: true });
    fs.writeFileSync(path.join(root, ".headroom/bench/gateway.json"), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    child.kill("SIGKILL");
    upstream.kill("SIGKILL");
    portkey.child.kill("SIGKILL");
    agent.destroy();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

if (args.role === "upstream") serveUpstream();
else await main();
