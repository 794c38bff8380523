/** The real role on a real database against real simulated engines over HTTP. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { cancelEvaluation, getEvaluation, listEvaluations } from "@/lib/changes/evaluation/change-runs";
import { startEvaluation } from "@/lib/changes/evaluation/start-evaluation";
import type { ChangeDraft } from "@/lib/changes/schemas";
import { createChange, editChange, getChange } from "@/lib/changes/store";
import { parseConfig } from "@/lib/config";
import { addSuiteVersion } from "@/lib/evaluations/add-suite-version";
import { createSuite } from "@/lib/evaluations/create-suite";
import type { GoldenCase, RunView, SuiteDraft } from "@/lib/evaluations/schemas";
import { createLogger } from "@/lib/log";
import { seedPolicies } from "@/lib/policies/store";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { CLIENT_KEYS, gatewayProcess } from "../gateway/testing/gateway-process";
import { goldenSuite } from "../simulator/golden/golden-suite";
import { openSimulatedEngine } from "../simulator/golden/open-simulated-engine";
import type { RunningRole } from "../role";
import { startEvaluationsRole, type EvaluationsOptions } from "./role";

const log = createLogger("test");
const MODEL = "llama-3.1-8b-instruct";
let db: TestDatabase;
let goldenId: string;
const roles: RunningRole[] = [];
const servers: http.Server[] = [];

const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test", demo: true }, update: { demo: true } });
  await seedPolicies(ctx(), [
    {
      kind: "engine",
      scope: { level: "pool", value: "llama-8b" },
      document: { model: MODEL, servedModelName: MODEL, maxNumSeqs: 16, gpuMemoryUtilization: 0.9 },
      message: "First",
    },
  ]);
  goldenId = (await createSuite(ctx(), goldenSuite(), { simulated: true })).id;
});
afterAll(() => db.close());
beforeEach(() => db.pool.query("update workspace set demo = true"));
afterEach(async () => {
  await Promise.all(roles.splice(0).map((role) => role.close()));
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

function startRole(options: EvaluationsOptions = {}, env: Record<string, string> = {}): RunningRole {
  const deps = { config: parseConfig(env), db, queues: undefined as never, log, metrics: new Registry() };
  const role = startEvaluationsRole(deps, { sweepMs: 50, backoffMs: 5, openCandidate: openSimulatedEngine, ...options });
  roles.push(role);
  return role;
}

const draftTo = (quantization: string): ChangeDraft => ({
  title: `Llama to ${quantization}`,
  rationale: "Cheaper tokens",
  edits: [
    {
      kind: "engine",
      scope: { level: "pool", value: "llama-8b" },
      document: { model: MODEL, servedModelName: MODEL, maxNumSeqs: 16, gpuMemoryUtilization: 0.9, quantization },
      baseVersion: 1,
    },
  ],
});
const changeTo = async (quantization: string) => (await createChange(ctx(), draftTo(quantization))).id;

/** 25 answers are stored and the next 8 questions are in the air, held. */
const heldAt25 = async (id: string, asked: readonly unknown[]) => {
  const seen = async () => [(await getEvaluation(ctx(), id)).done, asked.length];
  await expect.poll(seen, { timeout: 25_000, interval: 20 }).toEqual([25, 33]);
};

const over = async (id: string): Promise<RunView> => {
  await expect
    .poll(async () => (await getEvaluation(ctx(), id)).status, { timeout: 25_000, interval: 50 })
    .not.toMatch(/queued|running/);
  return getEvaluation(ctx(), id);
};

/** An OpenAI-compatible API that answers as the test says; counts what it is asked. */
async function answering(reply: (prompt: string, asked: number) => Promise<string> | string) {
  const asked: { prompt: string; key: string | undefined }[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { messages } = JSON.parse(body) as { messages: { content: string }[] };
      const prompt = messages.at(-1)!.content;
      asked.push({ prompt, key: request.headers.authorization });
      void (async () => {
        const content = await reply(prompt, asked.length);
        if (content === "!500") return response.writeHead(500).end("broken inside");
        if (content === "!302") return response.writeHead(302, { location: "http://127.0.0.1:9/secret" }).end();
        return response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));
      })();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, endpoint: { baseUrl: `http://${host}/v1`, model: "echo" }, asked };
}

let suites = 0;
const echoSuite = async (count: number, more: Partial<SuiteDraft> = {}, checks: GoldenCase["checks"] = []) =>
  (
    await createSuite(ctx(), {
      name: `Echo ${++suites}`,
      cases: Array.from({ length: count }, (_, at) => ({
        id: `c${at}`,
        taskType: "other" as const,
        messages: [{ role: "user" as const, content: `say ${at}.` }],
        checks: [{ kind: "contains" as const, text: `say ${at}.`, caseSensitive: true }, ...checks],
      })),
      ...more,
    })
  ).id;

describe("evaluations of a change", () => {
  it("FP8 passes: every golden prompt asked once of both arms, the evidence is on exactly this content", async () => {
    const change = await changeTo("fp8");
    const required = ["It changes the answers of a model: an evaluation of exactly this change is required."];
    expect((await getChange(ctx(), change)).preview.evidence).toEqual({ required: true, problems: required });
    const started = await startEvaluation(ctx(), change, { suiteId: goldenId }, []);
    expect(started).toMatchObject({ status: "queued", done: 0, total: 400, simulated: true });
    await expect(startEvaluation(ctx(), change, { suiteId: goldenId }, [])).rejects.toThrow(/under way/);
    startRole();
    const run = await over(started.id);
    expect([run.status, run.reason, run.done]).toEqual(["passed", null, 400]);
    expect(run.report!.overall.cases).toBe(200);
    expect(run.report!.overall.baseline).toBeGreaterThan(0.95);
    expect(run.report!.overall.lower).toBeGreaterThan(-0.05);
    expect(run.report!.taskTypes.map(({ taskType, cases }) => [taskType, cases])).toEqual(
      ["classification", "extraction", "tool_call", "refusal", "summary"].map((type) => [type, 40]),
    );
    const { contentHash, preview } = await getChange(ctx(), change);
    expect(preview.evidence).toEqual({ required: true, problems: [] });
    const evidence = await db.prisma.changeEvidence.findMany({ where: { changeId: change } });
    expect(evidence).toHaveLength(1);
    expect(evidence[0]).toMatchObject({ kind: "evaluation", passed: true, contentHash });
    expect(evidence[0]!.summary).toMatch(
      /^Support desk \(simulated\) v1, 200 cases, .* against .*, fp8, .*: 9\d\.\d % → 9\d\.\d % right/,
    );
    expect(evidence[0]!.data).toMatchObject({ runId: run.id, simulated: true });
    expect(await db.prisma.changeNotice.count({ where: { changeId: change, kind: "evaluation" } })).toBe(2);
    const later = { ...ctx(), now: new Date(Date.now() + 7 * 24 * 3_600_000 + 1_000) };
    expect((await getChange(later, change)).preview.evidence.problems).toEqual([
      "Its evaluation is older than 7 days: run it again.",
    ]);
    const edited = { ...draftTo("int8"), contentHash };
    await editChange(ctx(), change, edited);
    expect((await getChange(ctx(), change)).preview.evidence.problems).toEqual(required);
  });

  it("a four-bit format fails, with the reason and the lost answers by name; eight bits of integers pass", async () => {
    const [gptq, int8] = [await changeTo("gptq"), await changeTo("int8")];
    const runs = [
      await startEvaluation(ctx(), gptq, { suiteId: goldenId }, []),
      await startEvaluation(ctx(), int8, { suiteId: goldenId }, []),
    ];
    startRole();
    const failed = await over(runs[0]!.id);
    expect(failed.status).toBe("failed");
    expect(failed.reason).toMatch(/All cases: the candidate is \d+\.\d points worse/);
    expect(failed.reason).toMatch(/(Extraction|Tool call): the candidate is/);
    expect(failed.report!.lost.map(({ why }) => why).join()).toMatch(/is not JSON|calls no tool/);
    expect(await db.prisma.changeEvidence.findMany({ where: { changeId: gptq } })).toMatchObject([
      { passed: false, summary: expect.stringMatching(/^Support desk .*, gptq, .*All cases: the candidate is/) as string },
    ]);
    expect((await over(runs[1]!.id)).status).toBe("passed");
  });

  it("an engine that cannot start is no evidence at all, with its own words", async () => {
    const { id } = await createChange(ctx(), {
      title: "No memory",
      rationale: "Too little for the weights",
      edits: [
        {
          kind: "engine",
          scope: { level: "pool", value: "llama-8b" },
          document: { model: MODEL, servedModelName: MODEL, gpuMemoryUtilization: 0.5 },
          baseVersion: 1,
        },
      ],
    });
    const { id: runId } = await startEvaluation(ctx(), id, { suiteId: goldenId }, []);
    startRole();
    const run = await over(runId);
    expect([run.status, run.done]).toEqual(["broken", 0]);
    expect(run.reason).toMatch(/^The candidate \(.*\) does not run: ValueError: No available memory for the cache blocks/);
    expect(await db.prisma.changeEvidence.count({ where: { changeId: id } })).toBe(0);
  });

  it("endpoints: only hosts that are listed, with the key; no redirect is followed; silence is not a result", async () => {
    const change = await changeTo("fp8");
    const [good, away] = [await answering((prompt) => prompt), await answering(() => "!302")];
    const suiteId = await echoSuite(60);
    const ask = (baseline: object, candidate: object, hosts: string[]) =>
      startEvaluation(ctx(), change, { suiteId, baseline, candidate } as never, hosts);
    const other = { ...good.endpoint, model: "other" };
    await expect(ask(good.endpoint, other, [])).rejects.toThrow(/is not among the hosts/);
    await expect(ask(good.endpoint, { ...other, baseUrl: "http://169.254.169.254/v1" }, [good.host])).rejects.toThrow(/169\.254/);
    await expect(ask(good.endpoint, { ...other, baseUrl: `http://x:y@${good.host}/v1` }, [good.host])).rejects.toThrow(/no user/);
    await expect(ask(good.endpoint, good.endpoint, [good.host])).rejects.toThrow(/are the same/);
    await expect(startEvaluation(ctx(), change, { suiteId, candidate: other }, [good.host])).rejects.toThrow(/both/);
    const hosts = [good.host, away.host];
    const env = { HEADROOM_EVALUATION_HOSTS: hosts.join(", "), HEADROOM_EVALUATION_API_KEY: "key-of-the-gateway" };
    startRole({}, env);
    const passed = await over((await ask(good.endpoint, other, hosts)).id);
    expect([passed.status, passed.simulated, passed.done]).toEqual(["passed", false, 120]);
    expect([good.asked.length, good.asked[0]!.key]).toEqual([120, "Bearer key-of-the-gateway"]);
    const silent = await over((await ask(good.endpoint, { ...away.endpoint }, hosts)).id);
    expect(silent.status).toBe("broken");
    expect(silent.reason).toMatch(/^The candidate \(echo at .*\) answers nothing\. 302/);
  });

  it("through a real gateway: two of its routes, two engines behind them, tool calls and JSON come through whole", async () => {
    const change = await changeTo("fp8");
    const settings = { model: MODEL, servedModelName: MODEL, maxNumSeqs: 16, gpuMemoryUtilization: 0.9 };
    const engines = await Promise.all(
      ["none", "gptq"].map((quantization) => openSimulatedEngine({ pool: "llama-8b", settings: { ...settings, quantization } })),
    );
    const route = (upstream: string) => ({ targets: { [upstream]: { upstream, model: MODEL, weight: 1 } } });
    const gateway = await gatewayProcess({
      upstreams: { today: engines[0]!.baseUrl, tomorrow: engines[1]!.baseUrl },
      policies: { routing: { routes: { "llama-today": route("today"), "llama-tomorrow": route("tomorrow") } } },
    });
    try {
      const host = new URL(gateway.url).host;
      const [baseline, candidate] = ["llama-today", "llama-tomorrow"].map((model) => ({ baseUrl: `${gateway.url}/v1`, model }));
      const wish = { suiteId: goldenId, baseline: baseline!, candidate: candidate! };
      const { id } = await startEvaluation(ctx(), change, wish, [host]);
      startRole({}, { HEADROOM_EVALUATION_HOSTS: host, HEADROOM_EVALUATION_API_KEY: CLIENT_KEYS.acme });
      const run = await over(id);
      expect([run.status, run.simulated, run.done, run.report!.unanswered]).toEqual([
        "failed",
        false,
        400,
        { baseline: 0, candidate: 0 },
      ]);
      const right = Object.fromEntries(run.report!.checks.map(({ kind, baseline: count, of }) => [kind, count / of]));
      expect(Math.min(...Object.values(right))).toBeGreaterThan(0.9);
      const [evidence] = await db.prisma.changeEvidence.findMany({ where: { changeId: change } });
      expect(evidence!.summary).toContain(`llama-today at ${gateway.url}/v1 against llama-tomorrow at ${gateway.url}/v1`);
    } finally {
      await gateway.kill("SIGKILL");
      await Promise.all(engines.map((engine) => engine.close()));
    }
  }, 60_000);

  it("outside a demo nobody starts engines: endpoints are asked for", async () => {
    await db.pool.query("update workspace set demo = false");
    await expect(startEvaluation(ctx(), await changeTo("fp8"), { suiteId: goldenId }, [])).rejects.toThrow(/Say where baseline/);
  });

  it("cancelled while it runs: nothing is stored after, and no evidence", async () => {
    const change = await changeTo("fp8");
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = await answering(async (prompt, asked) => (asked > 30 ? held.then(() => prompt) : prompt));
    const candidate = { ...slow.endpoint, model: "other" };
    const run = await startEvaluation(ctx(), change, { suiteId: await echoSuite(60), baseline: slow.endpoint, candidate }, [
      slow.host,
    ]);
    startRole({ leaseMs: 300 }, { HEADROOM_EVALUATION_HOSTS: slow.host });
    await expect.poll(async () => (await getEvaluation(ctx(), run.id)).done, { interval: 20 }).toBe(30);
    expect((await cancelEvaluation(ctx(), run.id)).status).toBe("cancelled");
    release();
    await expect(cancelEvaluation(ctx(), run.id)).rejects.toThrow(/already ended/);
    await Promise.all(roles.splice(0).map((role) => role.close()));
    expect((await getEvaluation(ctx(), run.id)).done).toBe(30);
    expect((await listEvaluations(ctx(), change)).runs.map(({ status }) => status)).toEqual(["cancelled"]);
    expect(await db.prisma.changeEvidence.count({ where: { changeId: change } })).toBe(0);
  });

  it("a worker that ends gives its run to the next one, which asks only what is missing; two at once do not double", async () => {
    const change = await changeTo("fp8");
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = await answering(async (prompt, asked) => (asked > 25 && asked <= 33 ? held.then(() => prompt) : prompt));
    const candidate = { ...slow.endpoint, model: "other" };
    const run = await startEvaluation(ctx(), change, { suiteId: await echoSuite(60), baseline: slow.endpoint, candidate }, [
      slow.host,
    ]);
    const env = { HEADROOM_EVALUATION_HOSTS: slow.host };
    const first = startRole({}, env);
    await heldAt25(run.id, slow.asked);
    await first.close();
    startRole({}, env);
    startRole({}, env);
    const ended = await over(run.id);
    release();
    expect([ended.status, ended.done]).toEqual(["passed", 120]);
    // 25 stored, 8 in the air that were lost, 95 that were missing.
    expect(slow.asked).toHaveLength(25 + 8 + 95);
    expect(await db.prisma.changeEvidence.count({ where: { changeId: change } })).toBe(1);
  });

  it("kill -9 of the real workers' program in the middle: what was stored is not asked again, and nothing twice", async () => {
    const change = await changeTo("fp8");
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = await answering(async (prompt, asked) => (asked > 25 && asked <= 33 ? held.then(() => prompt) : prompt));
    const candidate = { ...slow.endpoint, model: "other" };
    const run = await startEvaluation(ctx(), change, { suiteId: await echoSuite(60), baseline: slow.endpoint, candidate }, [
      slow.host,
    ]);
    const env = { HEADROOM_EVALUATION_HOSTS: slow.host };
    const child = spawn(process.execPath, ["--import", "tsx", "workers/main.ts", "--roles", "evaluations", "--port", "0"], {
      env: { ...process.env, ...env, DATABASE_URL: db.url, NODE_ENV: "production" },
      stdio: "ignore",
    });
    const gone = once(child, "exit");
    try {
      await heldAt25(run.id, slow.asked);
    } finally {
      child.kill("SIGKILL");
      await gone;
    }
    const left = await db.prisma.evaluationRun.findUniqueOrThrow({ where: { id: run.id } });
    expect([left.status, left.epoch]).toEqual(["running", 1n]);
    // Until the lease of the dead has run out nobody may take it; here it runs out now.
    expect(left.leaseUntil!.getTime()).toBeGreaterThan(Date.now());
    await db.pool.query("update evaluation_run set lease_until = now() where id = $1", [run.id]);
    startRole({}, env);
    const ended = await over(run.id);
    release();
    expect([ended.status, ended.done]).toEqual(["passed", 120]);
    expect(slow.asked).toHaveLength(25 + 8 + 95);
    expect(await db.prisma.changeEvidence.count({ where: { changeId: change } })).toBe(1);
  }, 60_000);

  it("what passes is tried again; a judge that says FAIL fails, and one that is away is no result", async () => {
    const change = await changeTo("fp8");
    const failing = new Map<string, number>();
    const flaky = await answering((prompt) => {
      const tries = (failing.get(prompt) ?? 0) + 1;
      failing.set(prompt, tries);
      return tries === 1 ? "!500" : prompt;
    });
    const judge = await answering((prompt) =>
      (JSON.parse(prompt) as { answer: string }).answer.includes("7") ? "FAIL: a seven" : "PASS",
    );
    const hosts = [flaky.host, judge.host];
    const suiteId = await echoSuite(60, {}, [{ kind: "judge", rubric: "There is no seven in it." }]);
    const candidate = { ...flaky.endpoint, model: "other" };
    const wish = { suiteId, baseline: flaky.endpoint, candidate };
    await expect(startEvaluation(ctx(), change, wish, hosts)).rejects.toThrow(/judge/);
    startRole({}, { HEADROOM_EVALUATION_HOSTS: hosts.join() });
    const run = await over((await startEvaluation(ctx(), change, { ...wish, judge: judge.endpoint }, hosts)).id);
    // 7, 17, 27, 37, 47, 57 in both arms alike.
    expect(run.report!.checks.find(({ kind }) => kind === "judge")).toEqual({
      kind: "judge",
      of: 60,
      baseline: 54,
      candidate: 54,
    });
    expect(run.report!.unanswered).toEqual({ baseline: 0, candidate: 0 });
    const gone = { baseUrl: "http://127.0.0.1:9/v1", model: "nobody" };
    startRole({}, { HEADROOM_EVALUATION_HOSTS: [...hosts, "127.0.0.1:9"].join() });
    await Promise.all(roles.splice(0, 1).map((role) => role.close()));
    const unjudged = await over((await startEvaluation(ctx(), change, { ...wish, judge: gone }, [...hosts, "127.0.0.1:9"])).id);
    expect([unjudged.status, unjudged.reason]).toEqual([
      "broken",
      expect.stringMatching(/^The judge .* does not answer/) as string,
    ]);
  });

  it("a new version of a suite leaves what ran with the old one; of two at once one is told; bad checks are refused", async () => {
    const id = await echoSuite(2);
    const one = { id: "x", taskType: "other" as const, messages: [{ role: "user" as const, content: "?" }] };
    const next = {
      baseVersion: 1,
      message: "Fewer",
      cases: [{ ...one, checks: [{ kind: "regex" as const, pattern: "(", flags: "" }] }],
    };
    await expect(addSuiteVersion(ctx(), id, next)).rejects.toThrow(/Case x, check 1 \(regex\)/);
    const good = { ...next, cases: [{ ...one, checks: [{ kind: "contains" as const, text: "x" }] }] };
    const both = await Promise.allSettled([addSuiteVersion(ctx(), id, good), addSuiteVersion(ctx(), id, good)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await db.prisma.evaluationSuiteVersion.count({ where: { suiteId: id } })).toBe(2);
  });

  it("all of it is in the audit chain, unbroken", async () => {
    expect(await verifyAudit(ctx())).toMatchObject({ ok: true });
    const actions = await db.prisma.auditEvent.groupBy({ by: ["action"], where: { action: { startsWith: "evaluation" } } });
    expect(actions.map(({ action }) => action).sort()).toEqual([
      "evaluation.cancel",
      "evaluation.finish",
      "evaluation.start",
      "evaluation_suite.create",
      "evaluation_suite.edit",
    ]);
  });
});
