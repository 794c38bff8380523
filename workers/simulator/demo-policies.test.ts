import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { checkPolicyFile, pick, policyReader, stableShare } from "@/lib/policies";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import { readEffective, seedPolicies } from "@/lib/policies/store";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { demoPolicies } from "./demo-policies";
import { POOLS, STARTS_PER_DAY } from "./fleet";

let db: TestDatabase;
let ctx: Ctx;
beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now: new Date("2026-11-20T12:00:00Z"), log: createLogger("test") };
});
afterAll(() => db.close());

describe("demoPolicies", () => {
  it("are taken as they are, and reach a demo gateway as a policy file that it can run", async () => {
    for (const { id, name, model, engine, gpuType, nodes } of POOLS) {
      await db.prisma.pool.create({ data: { id, name, model, engine, simulated: true } });
      for (const node of nodes) await db.prisma.node.create({ data: { id: node, poolId: id, gpuType, gpuCount: 1 } });
    }
    const gateway = await db.prisma.target.create({
      data: {
        name: "gw-eu-1",
        connector: "headroom-gateway",
        environment: "production",
        publicKey: {},
        version: "1",
        stateAt: ctx.now,
        enrolledAt: ctx.now,
        capabilities: [...CAPABILITIES],
      },
    });
    expect(await seedPolicies(ctx, demoPolicies())).toBe(demoPolicies().length);
    const desired = await db.prisma.targetDesired.findMany({ where: { targetId: gateway.id }, include: { payload: true } });
    expect(desired).toHaveLength(1);
    const { content } = JSON.parse(desired[0]!.payload.payload) as { content: { layers: never[] } };
    const upstreams = new Set(["openai-sim", "anthropic-sim", "google-sim", ...POOLS.flatMap(({ nodes }) => nodes)]);
    const { file, problems } = checkPolicyFile({ schema: 1, ...content }, { upstreams, environment: "production" });
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);

    const read = policyReader(file!.layers, "production");
    const asked = (tenant: string, endpoint: string, model: string) =>
      pick(
        read({ tenant, endpoint }).effective.routing,
        {
          requestId: "r",
          tenant,
          endpoint,
          user: null,
          actionId: null,
          model,
          inputTokens: 10,
          hasTools: false,
          stream: false,
          taskType: null,
        },
        { hash: stableShare, random: () => 0 },
      );
    expect(asked("lumen-health", "kb.answer", "rag-default")).toMatchObject({
      route: "rag-private",
      rule: "health-stays-private",
    });
    expect(asked("brightcart", "kb.answer", "rag-default")).toMatchObject({ route: "rag-default", rule: null });
    expect(asked("brightcart", "ticket.classify", "classify")).toMatchObject({ targets: [{ model: "claude-sonnet-4-5" }, {}] });
  });

  it("keep the planted problems", async () => {
    const at = async (tenant: string, endpoint: string) => {
      const { effective } = await readEffective(ctx, { environment: "production", tenant, endpoint });
      return effective as Record<string, Record<string, unknown>>;
    };
    for (const tenant of Object.keys(STARTS_PER_DAY["kb.answer"])) {
      expect((await at(tenant, "kb.answer"))["caching"]).toMatchObject({
        exact: { enabled: false },
        semantic: { enabled: false },
      });
    }
    expect((await at("pixelforge", "assistant.agent"))["tokens"]).toMatchObject({ maxOutputTokens: null });
    const { routes } = (await at("orbit-logistics", "invoice.extract"))["routing"]!;
    expect((routes as Record<string, object>)["extract"]).toMatchObject({ timeoutMs: 6_000, retry: { attempts: 5 } });
    expect((await readEffective(ctx, { pool: "llama-8b" })).effective).toMatchObject({ engine: { quantization: "none" } });
    expect((await readEffective(ctx, { pool: "qwen-coder-32b" })).effective).toMatchObject({ engine: { quantization: "fp8" } });
  });
});
