/** The bundled program as a real process, asked over HTTP. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundlePrograms, programFile } from "../bundle";
import { startProgram, type StartedProgram } from "../testing";

let dir: string;
let file: string;
let sources: string[];
const running: StartedProgram[] = [];

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-engine-"));
  file = programFile(dir, "engine");
  sources = await bundlePrograms(dir, ["engine"]);
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

async function start(flags: string[], env: Record<string, string> = {}): Promise<StartedProgram> {
  const base = ["--model", "meta-llama/Llama-3.1-8B-Instruct", "--served-model-name", "llama", "--port", "0"];
  const program = await startProgram(file, [...base, ...flags], { HEADROOM_SIM_SPEED: "20", ...env });
  running.push(program);
  return program;
}

const ready = (url: string) =>
  expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 10_000, interval: 20 }).toBe(200);

const chat = (url: string, content: string, more: object = {}, signal?: AbortSignal) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "llama", messages: [{ role: "user", content }], ...more }),
    ...(signal ? { signal } : {}),
  });

interface Whole {
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; prompt_tokens_details: { cached_tokens: number } };
}
const whole = async (response: Response) => (await response.json()) as Whole;

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name}{`) || one.startsWith(`${name} `));
  return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(" ")));
}

describe("the simulated engine as a program", () => {
  it("is a few kilobytes of Node and nothing else, and says everywhere that it is simulated", async () => {
    expect(fs.statSync(file).size).toBeLessThan(60_000);
    expect(sources.filter((source) => source.includes("node_modules"))).toEqual([]);
    const { url, said } = await start([]);
    await ready(url);
    expect(said()).toMatch(/SIMULATED engine .* bf16 on one L4, 16\.1 GB of weights, 35376 KV tokens/);
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string; owned_by: string }[] };
    expect(models.data.map(({ id, owned_by }) => [id, owned_by])).toEqual([["llama", "simulated"]]);
    for (const at of ["/health", "/version", "/v1/models", "/metrics", "/dcgm"])
      expect([at, (await fetch(url + at)).headers.get("x-headroom-simulated")]).toEqual([at, "1"]);
    const answer = await chat(url, "hello [sim out=12]");
    expect(answer.headers.get("x-headroom-simulated")).toBe("1");
    expect((await whole(answer)).choices[0]!.message.content).toMatch(/^\[simulated bf16 quality=\w+\]/);
  });

  it("is 503 while it loads, then answers; whole and streamed say the same", async () => {
    const { url } = await start([], { HEADROOM_SIM_COLD_START_SCALE: "0.2" });
    // 54 s of loading · 0.2 ÷ 20 = half a second
    expect((await fetch(`${url}/health`)).status).toBe(503);
    expect((await chat(url, "hello")).status).toBe(503);
    await ready(url);
    const answer = await whole(await chat(url, `${"x".repeat(396)}[sim out=30]`));
    // 408 characters ÷ 4, and 4 for the message
    expect(answer.usage).toMatchObject({ prompt_tokens: 106, completion_tokens: 30 });
    const response = await chat(url, `${"x".repeat(396)}[sim out=30]`, { stream: true, stream_options: { include_usage: true } });
    const events = (await response.text()).split("\n\n").filter(Boolean);
    expect(events.at(-1)).toBe("data: [DONE]");
    const chunks = events
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[]; usage?: object });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(answer.choices[0]!.message.content);
    // The second time all whole blocks of the prompt but its end are there: 6 · 16 tokens.
    expect(chunks.at(-1)!.usage).toMatchObject({ completion_tokens: 30, prompt_tokens_details: { cached_tokens: 96 } });
  });

  it("caps answers, refuses what is too long, and what it does not serve", async () => {
    const { url } = await start(["--max-model-len", "4096"]);
    await ready(url);
    const capped = await whole(await chat(url, "[sim out=500]", { max_tokens: 20 }));
    expect([capped.usage.completion_tokens, capped.choices[0]!.finish_reason]).toEqual([20, "length"]);
    const long = await chat(url, "y".repeat(20_000));
    expect([long.status, await long.text()]).toEqual([
      400,
      expect.stringContaining("maximum context length is 4096 tokens") as string,
    ]);
    expect((await chat(url, "hello", { model: "gpt-4.1" })).status).toBe(404);
    const json = await whole(await chat(url, "as JSON, please [sim out=40]", { response_format: { type: "json_object" } }));
    expect(JSON.parse(json.choices[0]!.message.content)).toMatchObject({ simulated: "bf16" });
  });

  it("tells vLLM's metrics and DCGM's; a client that leaves frees its place", async () => {
    const { url } = await start(["--max-num-seqs", "1"], { HEADROOM_SIM_SPEED: "1" });
    await ready(url);
    const leaving = new AbortController();
    const first = chat(url, `${"z".repeat(4_000)}[sim out=2000]`, {}, leaving.signal).catch(() => "left");
    await expect.poll(() => metric(url, "vllm:num_requests_running"), { interval: 20 }).toBe(1);
    expect(await metric(url, "vllm:kv_cache_usage_perc")).toBeGreaterThan(1_000 / 35_376);
    const second = chat(url, "[sim out=2]");
    await expect.poll(() => metric(url, "vllm:num_requests_waiting"), { interval: 20 }).toBe(1);
    leaving.abort();
    expect(await first).toBe("left");
    expect((await second).status).toBe(200);
    expect(await metric(url, "vllm:num_requests_running")).toBe(0);
    expect(await metric(url, "vllm:generation_tokens_total")).toBeGreaterThanOrEqual(2);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('vllm:request_success_total{model_name="llama",engine="0",finished_reason="abort"} 1');
    expect(text).toMatch(/vllm:cache_config_info\{.*num_gpu_blocks="2211".*\} 1/);
    expect(text).toMatch(/vllm:time_to_first_token_seconds_bucket\{.*le="\+Inf"\} [12]/);
    const gpu = await (await fetch(`${url}/dcgm`)).text();
    // 90 % of 23,034 MiB is vLLM's from the start.
    expect(gpu).toMatch(/DCGM_FI_DEV_FB_USED\{gpu="0".*modelName="NVIDIA L4".*\} 20731/);
    expect(Number(/PROF_GR_ENGINE_ACTIVE\{.*\} (.*)/.exec(gpu)![1])).toBeGreaterThan(0);
  });

  it("ends as vLLM does: 2 for a flag that it does not know, 1 with the reason for what cannot run", async () => {
    const unknown = await start(["--max-num-sequences", "4"]);
    expect([await unknown.ended, unknown.said()]).toEqual([
      2,
      expect.stringContaining("unrecognized arguments: --max-num-sequences 4") as string,
    ]);
    const large = await start(["--model", "Qwen/Qwen2.5-Coder-32B-Instruct"]);
    expect([await large.ended, large.said()]).toEqual([1, expect.stringContaining("CUDA out of memory") as string]);
    const nobody = await start(["--model", "acme/nothing"]);
    expect([await nobody.ended, nobody.said()]).toEqual([1, expect.stringContaining("not a valid model identifier") as string]);
  });

  it("faults: a format that crashes, requests that fail, an engine that dies after some answers", async () => {
    const fault = { HEADROOM_SIM_FAULT: "crash-on-start@gptq,errors:100@awq,oom-after:2@bf16" };
    expect(await (await start(["--quantization", "gptq"], fault)).ended).toBe(1);
    const failing = await start(["--quantization", "awq"], fault);
    await ready(failing.url);
    expect((await chat(failing.url, "hello")).status).toBe(500);
    const later = await start(["--quantization", "fp8"], { HEADROOM_SIM_FAULT: "errors:100,errors-after:1@fp8" });
    await ready(later.url);
    expect((await chat(later.url, "warm-up")).status).toBe(200);
    expect((await chat(later.url, "hello")).status).toBe(500);
    const dying = await start([], fault);
    await ready(dying.url);
    await whole(await chat(dying.url, "[sim out=1]"));
    await (await chat(dying.url, "[sim out=1]")).text().catch(() => "cut off");
    expect(await dying.ended).toBe(1);
    expect(dying.said()).toContain("CUDA out of memory");
  });
});
