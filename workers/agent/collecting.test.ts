/** An agent that drives an engine and scrapes it: the file names the front, what is read is the engine behind it. */
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { TEST_TOKEN, testConsole } from "@/lib/protocol/testing/test-console";
import { readConfig, type AgentConfig } from "./config";
import { payloadOf } from "./drivers/engine/engine-payload";
import { freePort } from "./drivers/engine/process/free-port";
import { startAgent } from "./start-agent";
import { TEST_ENGINE, until } from "./testing/supervised-engine";

it("counters are read from the process that they belong to, and samples carry the key of the enrolment", async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-agent-"));
  const console_ = await testConsole();
  // One address for syncs and samples, as the console has it.
  const taken: { key: string | undefined; node: string; pool: string; gpuCount: number; extra: Record<string, unknown> }[] = [];
  const door = http.createServer((request, response) => {
    if (request.url !== "/api/v1/samples") {
      const to = http.request(
        new URL(request.url!, console_.url),
        { method: request.method!, headers: request.headers },
        (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        },
      );
      to.on("error", () => response.destroy());
      request.pipe(to);
      return;
    }
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      for (const line of gunzipSync(Buffer.concat(chunks)).toString("utf8").trim().split("\n"))
        taken.push({ ...(JSON.parse(line) as (typeof taken)[number]), key: request.headers.authorization });
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ rejected: 0 }));
    })();
  });
  await new Promise<void>((resolve) => void door.listen(0, "127.0.0.1", resolve));
  const port = await freePort(undefined, new Set());
  const config = readConfig(
    JSON.stringify({
      name: "node-1",
      console: { url: `http://127.0.0.1:${(door.address() as AddressInfo).port}` },
      stateDir: path.join(dir, "state"),
      listen: { port: 0 },
      target: {
        connector: "engine",
        engine: "vllm",
        health: { pollSec: 0.05 },
        warmUp: { requests: 0 },
        executor: { kind: "process", command: TEST_ENGINE, front: { port }, drainSec: 1 },
      },
      collectors: {
        pool: "chat",
        intervalSec: 1,
        gpu: { count: 1, type: "H100" },
        sources: [{ kind: "vllm", url: `http://127.0.0.1:${port}/metrics` }],
      },
    }),
    {},
  ) as AgentConfig;
  const agent = await startAgent(config, {
    env: { PATH: process.env["PATH"] },
    enrolmentToken: TEST_TOKEN,
    log: () => undefined,
  });
  onTestFinished(async () => {
    await agent.close();
    await console_.close();
    door.closeAllConnections();
    door.close();
    fs.rmSync(dir, { recursive: true, force: true });
  });
  console_.order(payloadOf({ model: "org/one" }));
  await console_.heard((sync) => sync.running?.generation === 1);
  await until(() => taken.length > 0, "a sample arrived");
  expect(taken[0]).toMatchObject({ key: "Bearer hr_ingest_key_of_a_test", node: "node-1", pool: "chat", gpuCount: 1 });
  // The engine says its own port among its readings: not the front's.
  const engine = Number(taken[0]!.extra["test_engine_port"]);
  expect(engine).toBeGreaterThan(0);
  // The next engine's counters begin anew; its page is read as that of another process.
  console_.order(payloadOf({ model: "org/two" }));
  await console_.heard((sync) => sync.running?.generation === 2);
  const other = () => taken.some(({ extra }) => extra["test_engine_port"] !== undefined && extra["test_engine_port"] !== engine);
  await until(other, "a sample of the second engine arrived");
  expect(await (await fetch(`${agent.url}/metrics`)).text()).toMatch(
    /^headroom_agent_samples_delivered\{agent="node-1"\} [1-9]/m,
  );
  expect(await (await fetch(`${agent.url}/health`)).json()).toMatchObject({ sources: [{ kind: "vllm", error: null }] });
});
