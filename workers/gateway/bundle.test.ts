import { execFile, spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_TOKEN, testConsole } from "@/lib/protocol/testing/test-console";
import { bundleGateway } from "./bundle";

const run = promisify(execFile);
const here = import.meta.dirname;
let dir: string;
let inputs: string[];
const bundle = () => path.join(dir, "gateway.mjs");
const example = (name: string) => path.join(here, "examples", name);
const env: NodeJS.ProcessEnv = {
  NODE_ENV: "production",
  PATH: process.env["PATH"],
  OPENAI_API_KEY: "k1",
  HEADROOM_INGEST_KEY: "k2",
  SUPPORT_APP_KEY: "k3",
};
const files = (policy = example("policy.json"), config = example("gateway.json")) => ["--config", config, "--policy", policy];

const checkWith = (args: string[], over: object = {}) =>
  run(process.execPath, [bundle(), ...args, "--check"], { cwd: dir, env: { ...env, ...over } }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );

beforeAll(async () => {
  // Outside the repository: it must not find node_modules.
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-bundle-"));
  inputs = await bundleGateway(bundle());
});

afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

describe("the bundle", () => {
  it("holds none of the console: no database, no React, no Next", () => {
    const packages = new Set(inputs.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
    for (const heavy of ["@prisma/client", "prisma", "next", "react", "react-dom", "pg", "bullmq", "pino"])
      expect(packages).not.toContain(heavy);
    const own = new Set(inputs.flatMap((file) => /^((?:lib\/|workers\/)[^/]+)/.exec(file)?.[1] ?? []));
    const programs = ["workers/gateway", "workers/program-version.ts"];
    expect([...own].sort()).toEqual(["lib/money", "lib/policies", "lib/protocol", "lib/telemetry", ...programs]);
  });

  it("starts in under a second where there is nothing but Node, from a file or from what the console ordered", async () => {
    const config = JSON.parse(fs.readFileSync(example("gateway.json"), "utf8")) as Record<string, unknown>;
    fs.writeFileSync(path.join(dir, "gateway.json"), JSON.stringify({ ...config, console: null, listen: { port: 0 } }));
    const start = async (args: string[]) => {
      const since = performance.now();
      const child = spawn(process.execPath, [bundle(), "--config", path.join(dir, "gateway.json"), ...args], {
        cwd: dir,
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      for await (const line of readline.createInterface({ input: child.stderr })) if (line.includes('"listening"')) break;
      const elapsed = performance.now() - since;
      return { child, elapsed };
    };
    const end = async (child: ChildProcess) => {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    };
    // The best of five: the machine may be busy with other tests.
    const best = async (args: string[]) => {
      const times = [];
      for (let index = 0; index < 5; index += 1) {
        const { child, elapsed } = await start(args);
        await end(child);
        times.push(elapsed);
      }
      return Math.min(...times);
    };
    expect(await best(["--policy", example("policy.json")])).toBeLessThan(1_000);

    const server = await testConsole();
    const { child } = await start(["--console", server.url, "--enrol", TEST_TOKEN]);
    const { layers } = JSON.parse(fs.readFileSync(example("policy.json"), "utf8")) as { layers: object[] };
    server.order({ schema: 1, connector: "headroom-gateway", content: { layers } });
    await server.heard((sync) => sync.running?.generation === 1);
    await end(child);
    await server.close();
    expect(await best(["--console", server.url])).toBeLessThan(1_000);
  });
});

describe("caches in Redis", () => {
  it("are used by the bundle too, whose client of Redis is loaded only then", async () => {
    const config = JSON.parse(fs.readFileSync(example("gateway.json"), "utf8")) as Record<string, unknown>;
    const file = path.join(dir, "redis.json");
    fs.writeFileSync(
      file,
      JSON.stringify({ ...config, console: null, listen: { port: 0 }, cache: { redisUrlEnv: "REDIS_URL" } }),
    );
    const child = spawn(process.execPath, [bundle(), ...files(undefined, file)], {
      cwd: dir,
      // Nobody is at port 9.
      env: { ...env, REDIS_URL: "redis://:secret@127.0.0.1:9" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said: string[] = [];
    for await (const line of readline.createInterface({ input: child.stderr })) {
      said.push(line);
      if (["listening", "Redis is away"].every((words) => said.join().includes(words))) break;
    }
    child.kill("SIGKILL");
    expect(said.join()).toContain("ECONNREFUSED");
    // Its password is nobody's business.
    expect(said.join()).not.toContain("secret");
    const bad = await checkWith(files(undefined, file), { REDIS_URL: "localhost:6379" });
    expect([bad.code, bad.text]).toEqual([1, expect.stringContaining("REDIS_URL is not a URL such as redis://host:6379")]);
  });
});

describe("--check", () => {
  it("takes the examples of the README", async () => {
    expect(await checkWith(files())).toEqual({
      code: 0,
      text: expect.stringMatching(/ok: .*policy\.json has 2 layers; 2 upstreams are configured/),
    });
  });

  it("names what is wrong with either file", async () => {
    const write = (name: string, text: string) => {
      fs.writeFileSync(path.join(dir, name), text);
      return path.join(dir, name);
    };
    const policy = fs.readFileSync(example("policy.json"), "utf8");
    const bad = await checkWith(files(write("bad.json", policy.replace('"upstream": "vllm"', '"upstream": "vlm"'))));
    expect([bad.code, bad.text]).toEqual([1, expect.stringContaining('Upstream "vlm" is not in the gateway\'s own file')]);
    const typo = await checkWith(files(write("typo.json", policy.replace('"weight": 1 },', '"wieght": 1 },'))));
    expect([typo.code, typo.text]).toEqual([1, expect.stringContaining('did you mean "weight"')]);
    expect((await checkWith(files(write("cut.json", "{")))).text).toContain("It is not JSON");
    const keyless = await checkWith(files(), { OPENAI_API_KEY: "" });
    expect([keyless.code, keyless.text]).toEqual([1, expect.stringContaining("OPENAI_API_KEY is not set")]);
    const nobody = write("nobody.json", JSON.stringify({ name: "g", upstreams: {}, identity: {} }));
    expect((await checkWith(files(undefined, nobody))).text).toContain("Nobody could ask");
    expect((await checkWith([])).text).toContain("usage: gateway");
    expect((await checkWith([...files(), "--enrol", "t"])).text).toContain("exclude each other");
    const alone = write("alone.json", JSON.stringify({ name: "g", upstreams: {}, identity: { anonymousTenant: "t" } }));
    expect((await checkWith(["--config", alone])).text).toContain('say {"url": "https://…"} or --console URL');
    const synced = await checkWith(["--config", alone, "--console", "https://h.example"]);
    expect(synced).toEqual({ code: 0, text: "ok: 0 upstreams are configured; the policy comes from https://h.example.\n" });
  });
});
