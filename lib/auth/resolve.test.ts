import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { forgetApiKey, hashApiKey } from "./key-actor";
import { resolveActor } from "./resolve";
import { mintSession, sessionCookie } from "./session";
import { forgetUser } from "./user-actor";

process.env["HEADROOM_SECRET"] = "a-secret-of-the-tests-with-32-characters";

let db: TestDatabase;
const at = (sec: number) => new Date(Date.parse("2026-11-20T12:00:00Z") + sec * 1000);

beforeAll(async () => {
  db = await testDatabase();
  await db.prisma.tenant.createMany({ data: [{ id: "acme", name: "Acme" }] });
});
afterAll(() => db.close());

async function newUser(data: { tenantLimited?: boolean; tenants?: string[] } = {}) {
  return db.prisma.user.create({
    data: {
      email: `${randomBytes(6).toString("hex")}@test.example`,
      name: "Ada",
      role: "lead",
      tenantLimited: data.tenantLimited ?? false,
      tenants: { create: (data.tenants ?? []).map((tenantId) => ({ tenantId })) },
    },
  });
}

async function newKey(data: { scopes?: string[]; tenantId?: string; expiresAt?: Date } = {}) {
  const key = `hr_${randomBytes(32).toString("base64url")}`;
  const row = await db.prisma.apiKey.create({
    data: { name: "ci", prefix: key.slice(0, 8), hash: hashApiKey(key), scopes: ["read"], ...data },
  });
  return { key, row };
}

const withKey = (key: string) => new Request("http://localhost:3000/api/v1/x", { headers: { authorization: `Bearer ${key}` } });

async function withSession(userId: string, epoch: number, init: RequestInit & { headers?: Record<string, string> } = {}) {
  const cookie = `other=1; ${sessionCookie().name}=${await mintSession({ userId, epoch })}`;
  return new Request("http://localhost:3000/api/v1/x", { ...init, headers: { ...init.headers, cookie } });
}

describe("API keys", () => {
  it("become an actor with the scopes and the tenant of the key", async () => {
    const { key, row } = await newKey({ scopes: ["ingest"], tenantId: "acme" });
    expect(await resolveActor(withKey(key), db, at(0))).toEqual({
      kind: "api_key",
      id: row.id,
      name: "ci",
      role: "viewer",
      tenants: ["acme"],
      scopes: ["ingest"],
    });
  });

  it("are refused when unknown, malformed, expired", async () => {
    const { key } = await newKey({ expiresAt: at(5) });
    await expect(resolveActor(withKey(key), db, at(4))).resolves.toMatchObject({ kind: "api_key" });
    // Still in the cache, and expired all the same.
    await expect(resolveActor(withKey(key), db, at(5))).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(resolveActor(withKey("hr_unknown"), db, at(0))).rejects.toMatchObject({ code: "unauthenticated" });
    const basic = new Request("http://localhost/", { headers: { authorization: "Basic abc" } });
    await expect(resolveActor(basic, db, at(0))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("are refused within ten seconds of being revoked elsewhere, at once when revoked here", async () => {
    const { key, row } = await newKey();
    await resolveActor(withKey(key), db, at(0));
    await db.prisma.apiKey.update({ where: { id: row.id }, data: { revokedAt: at(1) } });
    await expect(resolveActor(withKey(key), db, at(10))).rejects.toMatchObject({ code: "unauthenticated" });

    const other = await newKey();
    await resolveActor(withKey(other.key), db, at(0));
    await db.prisma.apiKey.update({ where: { id: other.row.id }, data: { revokedAt: at(1) } });
    forgetApiKey(db, other.row.hash);
    await expect(resolveActor(withKey(other.key), db, at(1))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("note their use at most once a minute", async () => {
    const { key, row } = await newKey();
    const lastUse = async () => (await db.prisma.apiKey.findUniqueOrThrow({ where: { id: row.id } })).lastUsedAt;
    await resolveActor(withKey(key), db, at(0));
    expect(await lastUse()).toEqual(at(0));
    await resolveActor(withKey(key), db, at(59));
    expect(await lastUse()).toEqual(at(0));
    await resolveActor(withKey(key), db, at(60));
    expect(await lastUse()).toEqual(at(60));
  });
});

describe("sessions", () => {
  it("become an actor with role and tenants as they are in the database", async () => {
    const everywhere = await newUser();
    expect(await resolveActor(await withSession(everywhere.id, 0), db, at(0))).toMatchObject({ role: "lead", tenants: "all" });
    const limited = await newUser({ tenantLimited: true, tenants: ["acme"] });
    expect(await resolveActor(await withSession(limited.id, 0), db, at(0))).toMatchObject({ tenants: ["acme"] });
    const nowhere = await newUser({ tenantLimited: true });
    expect(await resolveActor(await withSession(nowhere.id, 0), db, at(0))).toMatchObject({ tenants: [] });
  });

  it("end within five seconds when the user is disabled or the epoch rises", async () => {
    const user = await newUser();
    const request = await withSession(user.id, 0);
    await resolveActor(request, db, at(0));
    await db.prisma.user.update({ where: { id: user.id }, data: { disabledAt: at(1) } });
    await expect(resolveActor(request, db, at(5))).rejects.toMatchObject({ code: "unauthenticated" });
    await db.prisma.user.update({ where: { id: user.id }, data: { disabledAt: null, sessionEpoch: 1 } });
    forgetUser(db, user.id);
    await expect(resolveActor(request, db, at(6))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await resolveActor(await withSession(user.id, 1), db, at(6))).toMatchObject({ id: user.id });
  });

  it("are refused when forged or absent", async () => {
    const forged = new Request("http://localhost:3000/", { headers: { cookie: `${sessionCookie().name}=eyJhbGciOi.x.y.z.w` } });
    await expect(resolveActor(forged, db, at(0))).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(resolveActor(new Request("http://localhost:3000/"), db, at(0))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it.each([
    ["same-origin by Sec-Fetch-Site", { "sec-fetch-site": "same-origin" }, true],
    ["same origin by Origin", { origin: "http://localhost:3000" }, true],
    ["same host by Origin and Host", { origin: "http://10.0.0.5:3000", host: "10.0.0.5:3000" }, true],
    ["another site", { "sec-fetch-site": "cross-site", origin: "http://localhost:3000" }, false],
    ["a sibling subdomain", { "sec-fetch-site": "same-site" }, false],
    ["another origin", { origin: "http://evil.example" }, false],
    ["an opaque origin", { origin: "null" }, false],
    ["no word of where from", {}, false],
  ])("may change things from %s: %j → %s", async (_name, headers, allowed) => {
    const user = await newUser();
    const result = resolveActor(
      await withSession(user.id, 0, { method: "POST", headers: headers as Record<string, string> }),
      db,
      at(0),
    );
    if (allowed) await expect(result).resolves.toMatchObject({ id: user.id });
    else await expect(result).rejects.toMatchObject({ code: "forbidden" });
  });
});
