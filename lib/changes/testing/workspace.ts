/** A small fleet and the people around it, for tests of changes on a real database. */
import { randomBytes } from "node:crypto";
import type { Actor, Ctx, Role, TenantScope } from "@/lib/auth/actor";
import type { Db } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import type { ChangeDraft } from "../schemas";

export const NOW = new Date("2026-11-20T12:00:00Z");

export async function newPerson(
  db: Db,
  role: Role,
  over: { tenants?: TenantScope; mayBreakGlass?: boolean } = {},
): Promise<Actor> {
  const name = `${role}-${randomBytes(4).toString("hex")}`;
  const tenants = over.tenants ?? "all";
  if (tenants !== "all") {
    await db.prisma.tenant.createMany({ data: tenants.map((id) => ({ id, name: id })), skipDuplicates: true });
  }
  const user = await db.prisma.user.create({
    data: {
      email: `${name}@test.example`,
      name,
      role,
      mayBreakGlass: over.mayBreakGlass ?? false,
      tenantLimited: tenants !== "all",
      tenants: tenants === "all" ? {} : { create: tenants.map((tenantId) => ({ tenantId })) },
    },
  });
  return { kind: "user", id: user.id, name, role, tenants };
}

export const ctxOf = (db: Db, actor: Actor, now = NOW): Ctx => ({ actor, db, now, log: createLogger("test") });

/** A gateway in an environment of its own: tests share one database, and a blast domain has one rollout. */
export async function newGateways(db: Db, count = 1): Promise<{ environment: string; ids: string[] }> {
  const environment = `env-${randomBytes(4).toString("hex")}`;
  const ids = [];
  for (let n = 0; n < count; n++)
    ids.push(await newTarget(db, { name: `${environment}-gw-${n}`, environment, connector: "headroom-gateway" }));
  return { environment, ids };
}

export async function newPool(
  db: Db,
  count: number,
  over: { capabilities?: string[] } = {},
): Promise<{ pool: string; ids: string[] }> {
  const pool = `pool-${randomBytes(4).toString("hex")}`;
  await db.prisma.pool.create({ data: { id: pool, name: pool, model: "llama", engine: "vllm" } });
  const hardware = {
    gpuType: "NVIDIA H100",
    gpuCount: 1,
    engine: "vllm",
    memoryTotalMib: null,
    engineVersion: null,
    model: null,
  };
  const ids = [];
  for (let n = 0; n < count; n++) {
    const about = { name: `${pool}-${n}`, environment: "production", connector: "engine", poolId: pool, hardware };
    ids.push(await newTarget(db, { ...about, capabilities: over.capabilities ?? ["restartEngine", "sideBySide"] }));
  }
  return { pool, ids };
}

async function newTarget(
  db: Db,
  data: { name: string; environment: string; connector: string; capabilities?: string[]; poolId?: string; hardware?: object },
) {
  const said = { capabilities: [...CAPABILITIES], publicKey: {}, version: "1", stateAt: NOW, enrolledAt: NOW };
  return (await db.prisma.target.create({ data: { ...said, ...data } })).id;
}

export const capOf = (
  environment: string,
  maxOutputTokens: number,
  baseVersion = 0,
  over: Partial<ChangeDraft> = {},
): ChangeDraft => ({
  title: `At most ${maxOutputTokens} tokens`,
  rationale: "Answers are longer than anybody reads.",
  edits: [{ kind: "tokens", scope: { level: "environment", value: environment }, document: { maxOutputTokens }, baseVersion }],
  ...over,
});

export const engineChange = (pool: string, document: Record<string, unknown>): ChangeDraft => ({
  title: "Engine settings",
  rationale: "Less memory for the same answers.",
  edits: [{ kind: "engine", scope: { level: "pool", value: pool }, document, baseVersion: 0 }],
});
