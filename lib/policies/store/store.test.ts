import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { createLogger } from "@/lib/log";
import { canonicalHash } from "@/lib/protocol/canonical";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { diffVersions, listPolicies, policyHistory, previewDraft, publishToTarget, readEffective, readPolicy } from "./index";
import { seedPolicies } from "./index";
import type { PolicyRef } from "./schemas";
import { putInForce } from "./testing";

const NOW = new Date("2026-11-20T12:00:00Z");
const lead: Actor = { kind: "user", id: "u-lead", name: "Lena Lead", role: "lead", tenants: "all" };
const acmeLead: Actor = { ...lead, id: "u-acme", name: "Ada of Acme", tenants: ["acme"] };
const everywhere = { level: "global", value: null } as const;
const acme = { level: "tenant", value: "acme" } as const;
const globex = { level: "tenant", value: "globex" } as const;

let db: TestDatabase;
const as = (actor: Actor): Ctx => ({ actor, db, now: NOW, log: createLogger("test") });
beforeAll(async () => {
  db = await testDatabase({ max: 12 });
});
afterAll(() => db.close());

let named = 0;
async function newTarget(over: object = {}) {
  const name = `t-${++named}`;
  const data = { name, connector: "headroom-gateway", environment: "production", publicKey: {}, version: "1", stateAt: NOW };
  const capabilities = [...CAPABILITIES];
  return db.prisma.target.create({ data: { ...data, capabilities, enrolledAt: NOW, ...over } });
}
const desiredOf = async (id: string) => {
  const rows = await db.prisma.targetDesired.findMany({
    where: { targetId: id },
    include: { payload: true },
    orderBy: { generation: "asc" },
  });
  return rows.map((row) => JSON.parse(row.payload.payload) as { content: Record<string, unknown> });
};
const versionsOf = ({ kind, scope }: PolicyRef) =>
  db.prisma.policyVersion.count({ where: { kind, scopeLevel: scope.level, scopeValue: scope.value ?? "" } });

async function refusal(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

const chat = (over: object = {}) => ({
  routes: { chat: { targets: { a: { upstream: "u", model: "m", weight: 1 } }, ...over } },
});
let pools = 0;
/** Each test its own pool: they share one database. */
async function newPool(gpuType: string) {
  const id = `pool-${++pools}`;
  await db.prisma.pool.create({ data: { id, name: id, model: "llama", engine: "vllm" } });
  const node = await newTarget({
    connector: "engine",
    poolId: id,
    hardware: { gpuType, gpuCount: 1, engine: "vllm", memoryTotalMib: null, engineVersion: null, model: null },
  });
  return { id, node, ref: { kind: "engine", scope: { level: "pool", value: id } } as const };
}

describe("commitDrafts", () => {
  it("makes a version, an audit row and an order to each target that it reaches, and says what changed", async () => {
    const inside = await newTarget({ environment: "blue" });
    const outside = await newTarget({ environment: "green" });
    const ref = { kind: "tokens", scope: { level: "environment", value: "blue" } } as const;
    const saved = await putInForce(as(lead), { ...ref, document: { maxOutputTokens: 500 }, baseVersion: 0, message: "A cap" });
    expect(saved).toMatchObject({
      version: { version: 1, message: "A cap", author: { name: "Lena Lead" } },
      changes: ["environment blue: tokens max output tokens set to 500"],
      problems: [],
    });
    expect(saved.targets.map(({ name, outcome }) => [name, outcome])).toEqual([[inside.name, "changed"]]);
    expect(await desiredOf(inside.id)).toEqual([
      {
        schema: 1,
        connector: "headroom-gateway",
        content: { layers: [{ scope: ref.scope, policies: { tokens: { maxOutputTokens: 500 } } }] },
      },
    ]);
    expect(await desiredOf(outside.id)).toEqual([]);
    const audit = await db.prisma.auditEvent.findMany({ where: { subject: "policy:tokens:environment:blue" } });
    expect(audit.map(({ action, actorName, data }) => [action, actorName, data])).toEqual([
      [
        "policy.save",
        "Lena Lead",
        {
          version: 1,
          hash: canonicalHash({ maxOutputTokens: 500 }),
          message: "A cap",
          origin: expect.stringMatching(/^change:/),
          changes: saved.changes,
          published: 1,
          refused: [],
        },
      ],
    ]);
    // Put back for the other tests.
    await putInForce(as(lead), { ...ref, document: {}, baseVersion: 1, message: "Gone" });
    expect(await desiredOf(inside.id)).toHaveLength(2);
  });

  it("keeps the order in which keys are read, and makes no version of what is in force already", async () => {
    const ref = { kind: "caching", scope: { level: "endpoint", value: "order" } } as const;
    const document = { traits: { highStakes: true }, exact: { ttlSec: 60, enabled: true } };
    await putInForce(as(lead), { ...ref, document, baseVersion: 0, message: "first" });
    const read = await readPolicy(as(lead), ref);
    expect(JSON.stringify(read.document)).toBe('{"exact":{"enabled":true,"ttlSec":60},"traits":{"highStakes":true}}');
    const again = await putInForce(as(lead), { ...ref, document, baseVersion: 1, message: "again" });
    expect(again).toMatchObject({ unchanged: true, version: { version: 1, message: "first" }, changes: [] });
    expect(await versionsOf(ref)).toBe(1);
  });

  it("of many on one base exactly one wins, and each of the others is told", async () => {
    const ref = { kind: "tokens", scope: { level: "endpoint", value: "race" } } as const;
    await putInForce(as(lead), { ...ref, document: { maxOutputTokens: 10 }, baseVersion: 0, message: "base" });
    const caps = Array.from({ length: 10 }, (_, n) => 100 + n);
    const results = await Promise.allSettled(
      caps.map((cap) =>
        putInForce(as(lead), { ...ref, document: { maxOutputTokens: cap }, baseVersion: 1, message: `cap ${cap}` }),
      ),
    );
    const winners = results.flatMap((one, n) => (one.status === "fulfilled" ? [caps[n]!] : []));
    expect(winners).toHaveLength(1);
    const lost = results.flatMap((one) => (one.status === "rejected" ? [(one.reason as AppError).message] : []));
    expect(new Set(lost)).toEqual(
      new Set(["Lena Lead made version 2 of tokens of endpoint race meanwhile. Draft it again on top of that."]),
    );
    expect(await versionsOf(ref)).toBe(2);
    expect((await readPolicy(as(lead), ref)).document).toEqual({ maxOutputTokens: winners[0] });
  });

  it("of many first ones exactly one wins", async () => {
    const ref = { kind: "tokens", scope: { level: "endpoint", value: "first-race" } } as const;
    const results = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6].map((cap) =>
        putInForce(as(lead), { ...ref, document: { maxOutputTokens: cap }, baseVersion: 0, message: "mine" }),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await versionsOf(ref)).toBe(1);
  });

  it("refuses a version that never was", async () => {
    const ref = { kind: "tokens", scope: { level: "endpoint", value: "future" } } as const;
    const error = await refusal(putInForce(as(lead), { ...ref, document: {}, baseVersion: 7, message: "why not" }));
    expect([error.code, error.message]).toEqual(["invalid", expect.stringMatching(/no version 7/)]);
  });

  it("writes nothing of what cannot work: no version, no order, no audit", async () => {
    const target = await newTarget({ environment: "atomic" });
    const ref = { kind: "routing", scope: { level: "environment", value: "atomic" } } as const;
    const before = await db.prisma.auditEvent.count();
    const document = chat({ canary: { target: "nope", sharePercent: 5 } });
    const error = await refusal(putInForce(as(lead), { ...ref, document, baseVersion: 0, message: "Canary" }));
    expect([error.code, error.details.field]).toEqual(["unprocessable", "/routing/routes/chat/canary/target"]);
    const typo = await refusal(putInForce(as(lead), { ...ref, document: { rotues: {} }, baseVersion: 0, message: "Typo" }));
    expect(typo.message).toMatch(/Unknown key "rotues"; did you mean "routes"\?/);
    expect(await versionsOf(ref)).toBe(0);
    expect(await desiredOf(target.id)).toEqual([]);
    expect(await db.prisma.auditEvent.count()).toBe(before);
  });

  it("checks what is right alone and wrong together", async () => {
    const cache = { kind: "caching", scope: everywhere } as const;
    await putInForce(as(lead), { ...cache, document: { exact: { enabled: true } }, baseVersion: 0, message: "Cache" });
    const ref = { kind: "caching", scope: acme } as const;
    const document = { traits: { personalised: true } };
    const error = await refusal(putInForce(as(lead), { ...ref, document, baseVersion: 0, message: "Personal" }));
    expect(error.message).toMatch(/tenant acme, \/caching\/exact\/scope: A personalised answer/);
    await putInForce(as(lead), { ...cache, document: {}, baseVersion: 1, message: "Off" });
  });

  it("skips a target that cannot do it and says so; the others get it", async () => {
    const able = await newTarget({ environment: "mixed" });
    const unable = await newTarget({ environment: "mixed", connector: "headroom-gateway", capabilities: ["routing"] });
    const ref = { kind: "caching", scope: { level: "environment", value: "mixed" } } as const;
    const document = { exact: { enabled: true, ttlSec: 60 } };
    const { targets } = await putInForce(as(lead), { ...ref, document, baseVersion: 0, message: "Cache here" });
    const outcomes = new Map(targets.map((one) => [one.name, one]));
    expect(outcomes.get(able.name)).toMatchObject({ outcome: "changed", reasons: [] });
    expect(outcomes.get(unable.name)).toMatchObject({
      outcome: "refused",
      reasons: expect.arrayContaining(["It cannot do cacheExact, and the exact cache is on."]),
    });
    expect(await desiredOf(unable.id)).toEqual([]);
  });

  it("refuses a number format that a GPU of the pool cannot run, wherever the GPU is known from", async () => {
    const { ref, node, id } = await newPool("NVIDIA A10G");
    const draft = { ...ref, document: { quantization: "fp8" }, baseVersion: 0 };
    const error = await refusal(putInForce(as(lead), { ...draft, message: "Half the memory" }));
    expect(error.message).toMatch(new RegExp(`node ${node.name}, /engine/quantization: FP8 .* NVIDIA A10G is Ampere`));
    await putInForce(as(lead), { ...ref, document: { quantization: "awq", maxNumSeqs: 32 }, baseVersion: 0, message: "AWQ" });
    expect(await desiredOf(node.id)).toEqual([
      { schema: 1, connector: "engine", content: { engine: { quantization: "awq", maxNumSeqs: 32 } } },
    ]);
    // A machine without an agent, known by its samples only.
    await db.prisma.node.create({ data: { id: `${id}-bare`, poolId: id, gpuType: "Tesla T4", gpuCount: 1 } });
    const bare = await refusal(
      putInForce(as(lead), {
        kind: "engine",
        scope: { level: "node", value: `${id}-bare` },
        document: { quantization: "fp8" },
        baseVersion: 0,
        message: "Try",
      }),
    );
    expect(bare.message).toMatch(/Tesla T4 is Turing/);
  });

  it("lays a node over its pool, and leaves the other nodes alone", async () => {
    const { ref, node, id } = await newPool("NVIDIA L4");
    const other = await newTarget({ connector: "engine", poolId: id });
    await putInForce(as(lead), { ...ref, document: { maxNumSeqs: 32, model: "llama" }, baseVersion: 0, message: "Pool" });
    const own = { kind: "engine", scope: { level: "node", value: node.name } } as const;
    const { targets } = await putInForce(as(lead), { ...own, document: { maxNumSeqs: 64 }, baseVersion: 0, message: "Node" });
    expect(targets.map(({ name }) => name)).toEqual([node.name]);
    expect((await desiredOf(node.id)).map(({ content }) => content["engine"])).toEqual([
      { model: "llama", maxNumSeqs: 32 },
      { model: "llama", maxNumSeqs: 64 },
    ]);
    expect(await desiredOf(other.id)).toHaveLength(1);
    const effective = await readEffective(as(lead), { node: node.name });
    expect(effective).toMatchObject({
      effective: { engine: { model: "llama", maxNumSeqs: 64, quantization: "none" } },
      provenance: { "/engine/model": { level: "pool", value: id }, "/engine/maxNumSeqs": { level: "node", value: node.name } },
    });
  });
});

describe("reading", () => {
  it("shows somebody limited to a tenant what applies there, and nothing of others", async () => {
    const routing = chat();
    const rule = (tenant: string) => ({ priority: 1, when: { tenant }, route: "chat" });
    const rules = { ours: rule("acme"), theirs: rule("globex"), prefix: rule("ac*") };
    await putInForce(as(lead), {
      kind: "routing",
      scope: everywhere,
      document: { ...routing, rules },
      baseVersion: 0,
      message: "Rules",
    });
    const ours = { kind: "tokens", scope: acme, document: { maxOutputTokens: 900 } } as const;
    await putInForce(as(lead), { ...ours, baseVersion: 0, message: "Ours" });
    const theirs = { kind: "tokens", scope: globex } as const;
    const document = { stop: ["globex-secret"] };
    await putInForce(as(lead), { ...theirs, document, baseVersion: 0, message: "Theirs" });

    const seen = await readEffective(as(acmeLead), { environment: "production", tenant: "acme" });
    expect(Object.keys((seen.effective["routing"] as { rules: object }).rules)).toEqual(["ours", "prefix"]);
    expect(JSON.stringify(seen)).not.toContain("globex");
    const everything = await readEffective(as(lead), { environment: "production", tenant: "acme" });
    expect(Object.keys((everything.effective["routing"] as { rules: object }).rules)).toHaveLength(3);

    const listed = await listPolicies(as(acmeLead));
    expect(listed.policies.length).toBeGreaterThan(0);
    expect(listed.policies.every(({ scope }) => scope.value === "acme")).toBe(true);
    expect(JSON.stringify(listed)).not.toContain("globex");
    for (const place of [{ environment: "production" }, { environment: "production", tenant: "globex" }, { pool: "p" }]) {
      expect((await refusal(readEffective(as(acmeLead), place))).code).toBe("forbidden");
    }
    for (const read of [readPolicy, policyHistory]) expect((await refusal(read(as(acmeLead), theirs))).code).toBe("forbidden");
    // Their draft meets rules and layers of others: neither problems nor targets may tell.
    const preview = await previewDraft(as(acmeLead), {
      kind: "tokens",
      scope: acme,
      document: { maxOutputTokens: 1 },
      baseVersion: 1,
    });
    expect(JSON.stringify(preview)).not.toContain("globex");
    expect(preview.payloads).toEqual({});
    // A target that refuses because of globex' layer does not say so to them, neither before nor after a save.
    const unable = await newTarget({ capabilities: ["routing"] });
    const saved = await putInForce(as(acmeLead), {
      kind: "tokens",
      scope: acme,
      document: { maxOutputTokens: 1 },
      baseVersion: 1,
      message: "Ours",
    });
    expect(saved.targets.find(({ name }) => name === unable.name)).toMatchObject({ outcome: "refused" });
    expect(JSON.stringify(saved)).not.toContain("globex");
  });

  it("pages the history, newest first, with the words of each step", async () => {
    const ref = { kind: "tokens", scope: { level: "endpoint", value: "long" } } as const;
    for (let version = 0; version < 23; version++) {
      await putInForce(as(lead), {
        ...ref,
        document: { maxOutputTokens: version + 1 },
        baseVersion: version,
        message: `step ${version + 1}`,
      });
    }
    const first = await policyHistory(as(lead), ref);
    expect(first.versions.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, n) => 23 - n));
    expect(first.versions[0]).toMatchObject({
      message: "step 23",
      changes: ["endpoint long: tokens max output tokens 22 → 23"],
    });
    const rest = await policyHistory(as(lead), ref, first.next);
    expect(rest.versions.map(({ version, changes }) => [version, ...changes])).toEqual([
      [3, "endpoint long: tokens max output tokens 2 → 3"],
      [2, "endpoint long: tokens max output tokens 1 → 2"],
      [1, "endpoint long: tokens max output tokens set to 1"],
    ]);
    expect(rest.next).toBeNull();
    expect((await diffVersions(as(lead), ref, 3, 20)).changes).toEqual(["endpoint long: tokens max output tokens 3 → 20"]);
    expect((await refusal(diffVersions(as(lead), ref, 3, 99))).code).toBe("not_found");
  });
});

describe("going back", () => {
  it("is a new version with old content, and says so; nothing is rewritten", async () => {
    const ref = { kind: "tokens", scope: { level: "endpoint", value: "back" } } as const;
    await putInForce(as(lead), { ...ref, document: { maxOutputTokens: 1 }, baseVersion: 0, message: "one" });
    await putInForce(as(lead), { ...ref, document: { maxOutputTokens: 2 }, baseVersion: 1, message: "two" });
    const back = await putInForce(as(lead), {
      ...ref,
      document: { maxOutputTokens: 1 },
      baseVersion: 2,
      message: "One was right",
    });
    expect(back.version).toMatchObject({ version: 3, restoredFrom: 1 });
    expect((await readPolicy(as(lead), ref)).document).toEqual({ maxOutputTokens: 1 });
    expect((await readPolicy(as(lead), ref, 2)).document).toEqual({ maxOutputTokens: 2 });
    const audit = await db.prisma.auditEvent.findMany({
      where: { subject: "policy:tokens:endpoint:back" },
      orderBy: { seq: "asc" },
    });
    expect(audit.map(({ action }) => action)).toEqual(["policy.save", "policy.save", "policy.restore"]);
    for (const sql of [
      "update policy_version set message = 'x'",
      "delete from policy_version",
      "truncate policy_version cascade",
    ]) {
      await expect(db.pool.query(sql)).rejects.toThrow(/append-only/);
    }
  });

  it("every version says where it comes from: an approved change, or the product where nobody had said anything", async () => {
    const plant = (version: number, origin: string) =>
      db.pool.query(
        `insert into policy_version (kind, scope_level, scope_value, version, document, hash, message, author_kind, author_id,
           author_name, created_at, origin) values ('tokens', 'endpoint', 'planted', $1, '{}', 'h', 'm', 'user', 'u', 'U', now(), $2)`,
        [version, origin],
      );
    for (const [version, origin] of [
      [1, "earlier"],
      [1, "change"],
      [2, "seed"],
    ] as const) {
      await expect(plant(version, origin)).rejects.toThrow(/policy_version_origin_check/);
    }
  });
});

describe("previewDraft", () => {
  it("says what saving does: the same problems, words, hashes and payloads", async () => {
    const { ref, node } = await newPool("NVIDIA L40S");
    const draft = { ...ref, document: { quantization: "fp8", gpuMemoryUtilization: 0.98 }, baseVersion: 0 };
    const preview = await previewDraft(as(lead), draft);
    expect(await versionsOf(ref)).toBe(0);
    const saved = await putInForce(as(lead), { ...draft, message: "FP8" });
    expect(preview).toMatchObject({ problems: saved.problems, changes: saved.changes, targets: saved.targets, moved: null });
    expect(preview.problems.map(({ severity, path }) => [severity, path])).toEqual([["warning", "/engine/gpuMemoryUtilization"]]);
    expect([preview.payloads[preview.targets[0]!.hash!]]).toEqual(await desiredOf(node.id));
    const again = await previewDraft(as(lead), { ...draft, baseVersion: 1 });
    expect(again.targets.map(({ outcome }) => outcome)).toEqual(["unchanged"]);
    const stale = await previewDraft(as(lead), { ...draft, document: { quantization: "int8" }, baseVersion: 0 });
    expect(stale.moved?.conflicts.map(({ path }) => path)).toEqual(["/quantization"]);
  });
  it("says what is wrong with a document that is no policy", async () => {
    const preview = await previewDraft(as(lead), {
      kind: "tokens",
      scope: everywhere,
      document: { maxOutputToken: 5, stop: "END" },
      baseVersion: 0,
    });
    expect(preview.problems.map(({ path, message }) => `${path} ${message}`).toSorted()).toEqual([
      '/tokens Unknown key "maxOutputToken"; did you mean "maxOutputTokens"?.',
      "/tokens/stop Invalid input: expected array, received string",
    ]);
    expect(preview.targets).toEqual([]);
  });
});

describe("publishToTarget", () => {
  it("gives a target that enrols later what is in force, once", async () => {
    const ref = { kind: "tokens", scope: { level: "environment", value: "later" } } as const;
    await putInForce(as(lead), { ...ref, document: { maxOutputTokens: 5 }, baseVersion: 0, message: "Before" });
    const target = await newTarget({ environment: "later" });
    const publish = () => db.prisma.$transaction((tx) => publishToTarget(tx, as(SYSTEM_ACTOR), target.id));
    expect(await publish()).toMatchObject({ outcome: "changed" });
    expect(await publish()).toMatchObject({ outcome: "unchanged" });
    expect(await desiredOf(target.id)).toHaveLength(1);
    const revoked = await newTarget({ environment: "later", state: "revoked" });
    expect(await db.prisma.$transaction((tx) => publishToTarget(tx, as(SYSTEM_ACTOR), revoked.id))).toBeNull();
  });
  it("leaves nobody behind when a save happens at the same moment", async () => {
    const ref = { kind: "tokens", scope: { level: "environment", value: "moment" } } as const;
    await putInForce(as(lead), { ...ref, document: { maxOutputTokens: 1 }, baseVersion: 0, message: "First" });
    for (let round = 1; round <= 5; round++) {
      const target = await newTarget({ environment: "moment" });
      const document = { maxOutputTokens: round + 1 };
      await Promise.all([
        db.prisma.$transaction((tx) => publishToTarget(tx, as(SYSTEM_ACTOR), target.id), { maxWait: 10_000, timeout: 20_000 }),
        putInForce(as(lead), { ...ref, document, baseVersion: round, message: "Now" }),
      ]);
      const layers = (await desiredOf(target.id)).at(-1)!.content["layers"] as { scope: object; policies: object }[];
      expect(layers.find(({ scope }) => JSON.stringify(scope) === JSON.stringify(ref.scope))!.policies).toEqual({
        tokens: document,
      });
    }
  });
});

describe("seedPolicies", () => {
  it("writes where nobody said anything, and never over what people saved", async () => {
    const own = { kind: "tokens", scope: { level: "tenant", value: "seeded" } } as const;
    await putInForce(as(lead), { ...own, document: { maxOutputTokens: 77 }, baseVersion: 0, message: "Mine" });
    const seeds = [
      { ...own, document: { maxOutputTokens: 1 }, message: "Demo" },
      { kind: "caching", scope: own.scope, document: { exact: { enabled: true } }, message: "Demo" } as const,
    ];
    expect(await seedPolicies(as(SYSTEM_ACTOR), seeds)).toBe(1);
    expect(await seedPolicies(as(SYSTEM_ACTOR), seeds)).toBe(0);
    expect((await readPolicy(as(lead), own)).document).toEqual({ maxOutputTokens: 77 });
  });
});
