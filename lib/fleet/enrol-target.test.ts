import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { actorOfKey } from "@/lib/auth/key-actor";
import { createLogger } from "@/lib/log";
import { enrolRequestSchema, type EnrolRequest } from "@/lib/protocol";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { releaseTarget, revokeTarget } from "./change-target-state";
import { createEnrolmentToken } from "./create-enrolment-token";
import { enrolTarget } from "./enrol-target";
import { listEnrolmentTokens } from "./list-enrolment-tokens";
import { publishDesired } from "./publish-desired";
import { getTarget, getTargetOrder, listTargets } from "./read-targets";
import { revokeEnrolmentToken } from "./revoke-enrolment-token";

const NOW = new Date("2026-11-20T12:00:00Z");
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const LENA: Actor = { kind: "user", id: randomUUID(), name: "Lena", role: "lead", tenants: "all" };
const LIMITED: Actor = { ...LENA, role: "admin", tenants: ["acme"] };
let db: TestDatabase;
const ctx = (actor: Actor = SYSTEM_ACTOR, now = NOW): Ctx => ({ actor, db, now, log: createLogger("test") });

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

let made = 0;
const newKey = () => ({ kty: "OKP" as const, crv: "Ed25519" as const, x: String((made += 1)).padStart(43, "k") });
const ask = (token: string, over: Partial<EnrolRequest> = {}): EnrolRequest =>
  enrolRequestSchema.parse({
    protocol: 1,
    token,
    name: `gpu-${(made += 1)}`,
    connector: "engine",
    publicKey: newKey(),
    version: "1.0.0",
    capabilities: ["restartEngine"],
    hardware: { gpuType: "H100", gpuCount: 8, engine: "vllm", model: "llama-70b" },
    ...over,
  });
const token = async (over: object = {}) => (await createEnrolmentToken(ctx(), over)).token;
const target = (name: string) => db.prisma.target.findUniqueOrThrow({ where: { name } });
const auditOf = async (subject: string) =>
  (await db.prisma.auditEvent.findMany({ where: { subject }, orderBy: { seq: "asc" } })).map((row) => row.action);

describe("an enrolment token", () => {
  it("is kept as a hash, ends within the hour, and is made by a lead of the whole workspace", async () => {
    const { token: secret, enrolmentToken } = await createEnrolmentToken(ctx(), { minutes: 60, maxUses: 4, pool: "llama" });
    expect(JSON.stringify(await db.prisma.enrolmentToken.findMany())).not.toContain(secret);
    expect(enrolmentToken).toMatchObject({ expiresAt: later(60).toISOString(), uses: 0, maxUses: 4, pool: "llama" });
    expect(await auditOf(`enrolment_token:${enrolmentToken.id}`)).toEqual(["enrolment_token.create"]);
    expect((await listEnrolmentTokens(ctx())).map((one) => one.id)).toContain(enrolmentToken.id);
    await expect(createEnrolmentToken(ctx(), { minutes: 61 })).rejects.toThrow(/60/);
    await expect(createEnrolmentToken(ctx(), { name: "gw", maxUses: 2 })).rejects.toThrow(/works once/);
    await expect(createEnrolmentToken(ctx(LIMITED), {})).rejects.toThrow(/limited to some/);
    await expect(createEnrolmentToken(ctx({ ...LENA, role: "analyst" }), {})).rejects.toThrow(/role lead/);
  });

  it.each([
    ["of another connector", { connector: "litellm" }, {}, NOW, /enrols litellm targets, not engine/],
    ["for another name", { name: "gpu-x" }, {}, NOW, /for the target gpu-x/],
    ["after its time", { minutes: 10 }, {}, later(10), /unknown, expired or revoked/],
    ["that nobody made", null, {}, NOW, /unknown, expired or revoked/],
  ])("%s lets nobody in", async (_, input, over, now, message) => {
    const secret = input ? await token(input) : "het_invented-invented-invented";
    const request = ask(secret, over);
    await expect(enrolTarget(db.pool, request, now)).rejects.toThrow(message);
    expect(await db.prisma.target.count({ where: { name: request.name } })).toBe(0);
  });

  it("lets in as many as it was made for, also when they come at once", async () => {
    const secret = await token({ maxUses: 2, pool: "llama" });
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => enrolTarget(db.pool, ask(secret), NOW)));
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(2);
  });

  it("can be ended before its time, twice without effect", async () => {
    const { token: secret, enrolmentToken } = await createEnrolmentToken(ctx(), {});
    await revokeEnrolmentToken(ctx(), enrolmentToken.id);
    await revokeEnrolmentToken(ctx(), enrolmentToken.id);
    await expect(enrolTarget(db.pool, ask(secret), NOW)).rejects.toThrow(/revoked/);
    expect(await auditOf(`enrolment_token:${enrolmentToken.id}`)).toEqual(["enrolment_token.create", "enrolment_token.revoke"]);
  });
});

describe("enrolling", () => {
  it("makes a target, its pool and node, and a key that may only send telemetry", async () => {
    const request = ask(await token({ pool: "pool-new", environment: "staging" }));
    const enrolled = await enrolTarget(db.pool, request, NOW);
    expect(enrolled).toMatchObject({ name: request.name, environment: "staging", pool: "pool-new" });
    expect(await db.prisma.pool.findUnique({ where: { id: "pool-new" } })).toMatchObject({ model: "llama-70b", engine: "vllm" });
    expect(await db.prisma.node.findUnique({ where: { id: request.name } })).toMatchObject({ poolId: "pool-new", gpuCount: 8 });
    expect(await actorOfKey(enrolled.ingestKey, db, NOW)).toMatchObject({ scopes: ["ingest"], tenants: "all" });
    expect(await auditOf(`target:${enrolled.id}`)).toEqual(["target.enrol"]);
  });

  it("leaves a pool and a node that are there as they are; a gateway has neither", async () => {
    await db.prisma.pool.create({ data: { id: "kept", name: "Kept", model: "qwen", engine: "sglang" } });
    await enrolTarget(db.pool, ask(await token({ pool: "kept" })), NOW);
    expect(await db.prisma.pool.findUnique({ where: { id: "kept" } })).toMatchObject({ name: "Kept", model: "qwen" });
    const gateway = ask(await token(), { connector: "headroom-gateway", hardware: null });
    expect((await enrolTarget(db.pool, gateway, NOW)).pool).toBeNull();
    expect(await db.prisma.node.count({ where: { id: gateway.name } })).toBe(0);
  });

  it("said again because the answer got lost: the same target, the token is used once, the lost key is ended", async () => {
    const { token: secret, enrolmentToken } = await createEnrolmentToken(ctx(), {});
    const request = ask(secret);
    const lost = await enrolTarget(db.pool, request, NOW);
    const heard = await enrolTarget(db.pool, request, later(1));
    expect(heard.id).toBe(lost.id);
    expect((await db.prisma.enrolmentToken.findUniqueOrThrow({ where: { id: enrolmentToken.id } })).uses).toBe(1);
    await expect(actorOfKey(lost.ingestKey, db, later(1))).rejects.toThrow(/unknown, expired or revoked/);
    expect(await actorOfKey(heard.ingestKey, db, later(1))).toMatchObject({ kind: "api_key" });
  });

  it("another machine does not get a name that is taken, until that target is revoked", async () => {
    const request = ask(await token());
    const first = await enrolTarget(db.pool, request, NOW);
    await db.prisma.$transaction((tx) =>
      publishDesired(tx, ctx(), {
        targetId: first.id,
        payload: { schema: 1, connector: "engine", content: { engine: { model: "x" } } },
        warrant: { policies: [] },
        reason: "test",
      }),
    );
    const again = async () => ask(await token(), { name: request.name });
    await expect(enrolTarget(db.pool, await again(), NOW)).rejects.toThrow(
      /revoke the old one on the page Fleet and enrol again/,
    );
    const other = ask(await token(), { name: request.name, connector: "file" });
    await expect(enrolTarget(db.pool, other, NOW)).rejects.toThrow(/Choose another name for this file/);
    await revokeTarget(ctx(), first.id, "replaced");
    const second = await enrolTarget(db.pool, await again(), later(1));
    expect(second.id).toBe(first.id);
    expect(await target(request.name)).toMatchObject({ state: "active", stateReason: null, desiredGeneration: 1, bootId: null });
    expect(await auditOf(`target:${first.id}`)).toEqual(["target.enrol", "target.publish", "target.revoke", "target.reenrol"]);
  });

  it("two machines with one new name at once: one gets it", async () => {
    const name = `race-${randomUUID().slice(0, 8)}`;
    const requests = await Promise.all([1, 2, 3].map(async () => ask(await token(), { name })));
    const tries = await Promise.allSettled(requests.map((request) => enrolTarget(db.pool, request, NOW)));
    const won = tries.findIndex((one) => one.status === "fulfilled");
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect((await target(name)).publicKey).toEqual(requests[won]!.publicKey);
  });
});

describe("changing its state", () => {
  it("takes an admin of the whole workspace and a target that is there; a revoked one is not released", async () => {
    const { id } = await enrolTarget(db.pool, ask(await token()), NOW);
    await expect(revokeTarget(ctx(LENA), id, "no")).rejects.toThrow(/role admin/);
    await expect(revokeTarget(ctx(LIMITED), id, "no")).rejects.toThrow(/limited to some/);
    await expect(revokeTarget(ctx(), randomUUID(), "no")).rejects.toThrow(/no such target/);
    await revokeTarget(ctx(), id, "sold");
    await revokeTarget(ctx(), id, "sold again");
    await expect(releaseTarget(ctx(), id, "back")).rejects.toThrow(/Enrol it again/);
    expect(await auditOf(`target:${id}`)).toEqual(["target.enrol", "target.revoke"]);
  });
});

describe("reading", () => {
  it("shows where a target stands, and what was ordered only to a lead of the whole workspace", async () => {
    const { id } = await enrolTarget(db.pool, ask(await token()), NOW);
    const payload = { schema: 1 as const, connector: "engine" as const, content: { engine: { model: "secret-model" } } };
    await db.prisma.$transaction((tx) =>
      publishDesired(tx, ctx(LENA), { targetId: id, payload, warrant: { policies: [] }, reason: "for globex" }),
    );
    const refused = { targetId: id, generation: 1, attempt: 1, bootId: randomUUID(), hash: "h", status: "refused", at: NOW };
    await db.prisma.targetAck.create({ data: { ...refused, error: "tenant globex: /tokens: too many" } });
    const limited = ctx({ ...LIMITED, role: "viewer" });
    const list = await listTargets(limited);
    expect(list.targets.find((one) => one.id === id)).toMatchObject({
      liveness: "never",
      rollout: "unreachable",
      desired: { generation: 1, reason: expect.stringMatching(/^Not shown to you/), createdBy: "Lena" },
      running: null,
    });
    expect(list.fleetServer).toEqual({ listening: false, since: null });
    expect(JSON.stringify([list, await getTarget(limited, id)])).not.toMatch(/secret-model|globex/);
    const whole = await getTarget(ctx({ ...LENA, role: "viewer" }), id);
    expect([whole.desired[0]!.reason, whole.attempts[0]!.error]).toEqual(["for globex", "tenant globex: /tokens: too many"]);
    await expect(getTargetOrder(ctx(LIMITED), id, 1)).rejects.toThrow(/limited to some/);
    expect((await getTargetOrder(ctx(LENA), id, 1)).payload).toEqual(payload);
    await expect(getTargetOrder(ctx(LENA), id, 2)).rejects.toThrow(/no such generation/);
    await expect(getTarget(ctx(), randomUUID())).rejects.toThrow(/no such target/);
  });
});
