/** The gateway within the test's process, over real HTTP, with the events it would spool in a list. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Outcome } from "@/lib/telemetry/outcomes";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import { readConfig } from "../config";
import { startGateway, type RunningGateway } from "../start-gateway";
import { CLIENT_KEYS, policyText } from "./gateway-process";

export interface TestGateway extends RunningGateway {
  dir: string;
  chat(body: object, options?: AskOptions): Promise<Answer>;
  ask(path: string, body: object, options?: AskOptions): Promise<Answer>;
  /** What is in the spool now. */
  events(): NativeEvent[];
  /** What it found out about its own answers, likewise. */
  outcomes(): Outcome[];
  writePolicy(policies: object, layers?: object[]): void;
  stop(): Promise<void>;
}

export interface AskOptions {
  headers?: Record<string, string>;
  key?: string;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

export async function inProcess(
  upstreams: Record<string, string>,
  policies: object,
  layers: object[] = [],
  over: { config?: object; env?: Record<string, string> } = {},
): Promise<TestGateway> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-gateway-"));
  const env = {
    UPSTREAM_KEY: "key-of-upstream",
    ACME_KEY: CLIENT_KEYS.acme,
    GLOBEX_KEY: CLIENT_KEYS.globex,
    INGEST: "none",
    ...over.env,
  };
  const config = {
    name: "gw-test",
    listen: { port: 0 },
    stateDir: path.join(dir, "state"),
    // Port 9 is `discard`: nobody answers, so that everything stays in the spool.
    console: { url: "http://127.0.0.1:9", ingestKeyEnv: "INGEST" },
    upstreams: Object.fromEntries(
      Object.entries(upstreams).map(([name, baseUrl]) => [
        name,
        { baseUrl, provider: "self-hosted", node: `node-of-${name}`, apiKeyEnv: "UPSTREAM_KEY" },
      ]),
    ),
    identity: {
      clients: { acme: { keyEnv: "ACME_KEY", tenant: "acme" }, globex: { keyEnv: "GLOBEX_KEY", tenant: "globex" } },
    },
    endpoints: { paths: { "/support": "support.answer" } },
    ...over.config,
  };
  const ready = readConfig(JSON.stringify(config), env);
  if ("problems" in ready) throw new Error(ready.problems.join("\n"));
  const policyFile = path.join(dir, "policy.json");
  const writePolicy = (next: object, more: object[] = []) => fs.writeFileSync(policyFile, policyText(next, more));
  writePolicy(policies, layers);
  const running = await startGateway(ready, policyFile, env as unknown as NodeJS.ProcessEnv, () => undefined);

  const ask: TestGateway["ask"] = async (at, body, { headers = {}, key = CLIENT_KEYS.acme, signal } = {}) => {
    const response = await fetch(running.url + at, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
    const text = await response.text();
    const json = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    ...running,
    dir,
    ask,
    chat: (body, options) => ask("/v1/chat/completions", { messages: [{ role: "user", content: "hi" }], ...body }, options),
    events: () => readSpool<NativeEvent>(path.join(dir, "state/spool")),
    outcomes: () => readSpool<Outcome>(path.join(dir, "state/spool-outcomes")),
    writePolicy: (next, more) => {
      writePolicy(next, more);
      running.reloadPolicy();
    },
    stop: async () => {
      await running.close(2_000);
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** All items in the segments, in the order in which they were written. */
export function readSpool<Item>(dir: string): Item[] {
  return fs
    .readdirSync(dir)
    .sort()
    .flatMap((name) => fs.readFileSync(path.join(dir, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Item);
}

/** A route with its targets, everything else as the product's defaults say. */
export function routeOf(targets: Record<string, number>, over: object = {}): object {
  const entries = Object.entries(targets).map(([id, weight]) => [id, { upstream: id, model: `model-${id}`, weight }]);
  return { targets: Object.fromEntries(entries), ...over };
}
