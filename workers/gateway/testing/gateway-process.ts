/** The gateway as its own process, from real files in a directory of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import type { GatewayConfig } from "../config";

type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

export interface GatewayProcess {
  url: string;
  dir: string;
  child: ChildProcess;
  /** Log messages so far, oldest first. */
  messages: string[];
  writePolicy(policies: object, more?: object[]): void;
  /** Resolves with the first log line of this message, past or to come. */
  said(message: string): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface GatewaySetup {
  upstreams: Record<string, string>;
  /** What the global layer says. Absent: the policy comes from `console`. */
  policies?: object;
  console?: { url: string; token?: string };
  /** Further layers. */
  layers?: object[];
  config?: DeepPartial<GatewayConfig>;
  env?: Record<string, string>;
  /** Start again in this directory. */
  dir?: string;
}

export const CLIENT_KEYS = { acme: "key-of-acme", globex: "key-of-globex" };

export function policyText(policies: object, layers: object[] = []): string {
  return JSON.stringify({ schema: 1, layers: [{ scope: { level: "global" }, policies }, ...layers] });
}

export async function gatewayProcess(setup: GatewaySetup): Promise<GatewayProcess> {
  const dir = setup.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), "headroom-gateway-"));
  const file = (name: string) => path.join(dir, name);
  const upstreams = Object.fromEntries(
    Object.entries(setup.upstreams).map(([name, baseUrl]) => [
      name,
      { baseUrl, provider: "self-hosted", apiKeyEnv: "UPSTREAM_KEY" },
    ]),
  );
  const config = {
    name: "gw-test",
    listen: { host: "127.0.0.1", port: 0 },
    stateDir: file("state"),
    upstreams,
    identity: {
      clients: {
        acme: { keyEnv: "ACME_KEY", tenant: "acme" },
        globex: { keyEnv: "GLOBEX_KEY", tenant: "globex" },
      },
    },
    ...setup.config,
  };
  fs.writeFileSync(file("gateway.json"), JSON.stringify(config));
  const writePolicy = (policies: object, layers: object[] = []) => {
    // As an editor does it: a new file takes the place of the old one.
    fs.writeFileSync(file("policy.json.new"), policyText(policies, layers));
    fs.renameSync(file("policy.json.new"), file("policy.json"));
  };
  if (setup.policies) writePolicy(setup.policies, setup.layers);

  const args = ["--import", "tsx", "workers/gateway/main.ts", "--config", file("gateway.json")];
  if (setup.policies) args.push("--policy", file("policy.json"));
  if (setup.console) args.push("--console", setup.console.url);
  if (setup.console?.token) args.push("--enrol", setup.console.token);
  const child = spawn(process.execPath, args, {
    cwd: path.join(import.meta.dirname, "../../.."),
    env: {
      ...process.env,
      UPSTREAM_KEY: "key-of-upstream",
      ACME_KEY: CLIENT_KEYS.acme,
      GLOBEX_KEY: CLIENT_KEYS.globex,
      ...(setup.policies ? { HEADROOM_INGEST_KEY: "unused" } : {}),
      ...setup.env,
    },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  readline.createInterface({ input: child.stderr! }).on("line", (line) => {
    lines.push(line.startsWith("{") ? (JSON.parse(line) as Record<string, unknown>) : { message: line });
    for (const look of waiting) look();
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const said = (message: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = () => {
        const found = lines.find((line) => line["message"] === message);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      void gone.then(() => reject(new Error(`the gateway ended before it said "${message}": ${JSON.stringify(lines)}`)));
      look();
    });
  const { url } = await said("listening");
  return {
    url: String(url),
    dir,
    child,
    get messages() {
      return lines.map((line) => String(line["message"]));
    },
    writePolicy,
    said,
    kill: async (signal) => {
      child.kill(signal);
      await gone;
    },
  };
}
