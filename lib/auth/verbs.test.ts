import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "./actor";
import { changeOwnPassword } from "./change-own-password";
import { createApiKey } from "./create-api-key";
import { createUser } from "./create-user";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "./demo-people";
import { hashApiKey } from "./key-actor";
import { listApiKeys } from "./list-api-keys";
import { listUsers } from "./list-users";
import { loadMe } from "./load-me";
import { resetUserPassword } from "./reset-user-password";
import { resolveActor } from "./resolve";
import { revokeApiKey } from "./revoke-api-key";
import { seedAccess, seedFirstAdmin } from "./seed-access";
import { seedDemoUsers } from "./seed-demo-users";
import { mintSession, sessionCookie, type SessionClaims } from "./session";
import { signInWithPassword } from "./sign-in";
import { updateUser } from "./update-user";

process.env["HEADROOM_SECRET"] = "a-secret-of-the-tests-with-32-characters";

let db: TestDatabase;
let ctx: Ctx;
const log = createLogger("test");
const now = new Date("2026-11-20T12:00:00Z");
const PASSWORD = "correct horse battery";

beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now, log };
  await db.prisma.tenant.createMany({
    data: [
      { id: "acme", name: "Acme" },
      { id: "globex", name: "Globex" },
    ],
  });
});
afterAll(() => db.close());

let count = 0;
async function newUser(input: Partial<Parameters<typeof createUser>[1]> = {}) {
  const email = `user-${(count += 1)}@test.example`;
  return (await createUser(ctx, { email, name: "Somebody", role: "analyst", password: PASSWORD, ...input })).user;
}
const lastAudit = () => db.prisma.auditEvent.findFirstOrThrow({ orderBy: { seq: "desc" } });
const signIn = (email: string, password: string) =>
  signInWithPassword({ db, now, log, limit: 100 }, { email, password, address: "test" });
const actorOf = async (claims: SessionClaims, at = now) => {
  const cookie = `${sessionCookie().name}=${await mintSession(claims)}`;
  return resolveActor(new Request("http://localhost:3000/", { headers: { cookie } }), db, at);
};

describe("who may do it", () => {
  const refused: [string, Actor][] = [
    ["viewer", { ...SYSTEM_ACTOR, kind: "user", role: "viewer" }],
    ["analyst", { ...SYSTEM_ACTOR, kind: "user", role: "analyst" }],
    ["lead", { ...SYSTEM_ACTOR, kind: "user", role: "lead" }],
    ["an admin limited to a tenant", { ...SYSTEM_ACTOR, kind: "user", tenants: ["acme"] }],
    ["an API key that only reads", { ...SYSTEM_ACTOR, kind: "api_key", role: "viewer", scopes: ["read"] }],
  ];
  const id = "00000000-0000-4000-8000-000000000000";
  const verbs: [string, (ctx: Ctx) => Promise<unknown>][] = [
    ["listUsers", (ctx) => listUsers(ctx)],
    ["createUser", (ctx) => createUser(ctx, { email: "x@test.example", name: "X", role: "viewer" })],
    ["updateUser", (ctx) => updateUser(ctx, id, { role: "admin" })],
    ["resetUserPassword", (ctx) => resetUserPassword(ctx, id)],
    ["listApiKeys", (ctx) => listApiKeys(ctx)],
    ["createApiKey", (ctx) => createApiKey(ctx, { name: "x", scopes: ["read"] })],
    ["revokeApiKey", (ctx) => revokeApiKey(ctx, id)],
  ];
  it.each(verbs.flatMap(([verb, run]) => refused.map(([who, actor]) => [verb, who, run, actor] as const)))(
    "%s refuses %s and writes nothing",
    async (_verb, _who, run, actor) => {
      const before = await db.prisma.auditEvent.count();
      await expect(run({ ...ctx, actor })).rejects.toMatchObject({ code: "forbidden" });
      expect(await db.prisma.auditEvent.count()).toBe(before);
    },
  );
});

describe("users", () => {
  it("are made with a password that is shown once and works", async () => {
    const { user, password } = await createUser(ctx, {
      email: "New@Test.Example",
      name: " New ",
      role: "lead",
      tenants: ["acme"],
    });
    expect(user).toMatchObject({ email: "new@test.example", name: "New", role: "lead", tenants: ["acme"], hasPassword: true });
    const audit = await lastAudit();
    expect(audit).toMatchObject({ action: "user.create", subject: `user:${user.id}` });
    expect(JSON.stringify(audit.data)).not.toContain(password);
    expect(await actorOf(await signIn("new@test.example", password!))).toMatchObject({ tenants: ["acme"] });
    expect(JSON.stringify(await listUsers(ctx))).not.toContain("scrypt");
  });

  it("may be allowed to break the glass by an admin, on record", async () => {
    const { user } = await createUser(ctx, { email: "glass@test.example", name: "G", role: "lead", ssoOnly: true });
    expect(user.mayBreakGlass).toBe(false);
    expect(await updateUser(ctx, user.id, { mayBreakGlass: true })).toMatchObject({ mayBreakGlass: true, role: "lead" });
    const change = { before: { mayBreakGlass: false }, after: { mayBreakGlass: true } };
    expect(await lastAudit()).toMatchObject({ action: "user.update", data: change });
  });

  it("may have no password, or a chosen one that is not shown", async () => {
    expect(await createUser(ctx, { email: "sso@test.example", name: "S", role: "viewer", ssoOnly: true })).toMatchObject({
      user: { hasPassword: false },
    });
    const made = await createUser(ctx, { email: "own@test.example", name: "O", role: "viewer", password: PASSWORD });
    expect(made.password).toBeUndefined();
    await expect(signIn("sso@test.example", "")).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("are refused twice, with unknown tenants, as a limited admin, with a weak password", async () => {
    const user = await newUser();
    const input = { name: "X", role: "viewer" as const };
    await expect(createUser(ctx, { ...input, email: user.email })).rejects.toMatchObject({ code: "conflict" });
    await expect(createUser(ctx, { ...input, email: "a@b.example", tenants: ["nope"] })).rejects.toMatchObject({
      code: "unprocessable",
    });
    await expect(createUser(ctx, { ...input, email: "a@b.example", role: "admin", tenants: ["acme"] })).rejects.toMatchObject({
      code: "unprocessable",
    });
    await expect(createUser(ctx, { ...input, email: "a@b.example", password: "short" })).rejects.toThrow(/at least 12/);
  });

  it("lose their sessions when their power changes, and only then", async () => {
    const user = await newUser();
    const claims = await signIn(user.email, PASSWORD);
    await updateUser(ctx, user.id, { name: "Renamed" });
    expect(await actorOf(claims)).toMatchObject({ name: "Renamed" });
    await updateUser(ctx, user.id, { role: "lead", tenants: ["globex", "acme"] });
    expect(await lastAudit()).toMatchObject({
      action: "user.update",
      data: { before: { role: "analyst", tenants: "all" }, after: { role: "lead", tenants: ["acme", "globex"] } },
    });
    await expect(actorOf(claims)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await actorOf(await signIn(user.email, PASSWORD))).toMatchObject({ role: "lead" });
    await updateUser(ctx, user.id, { disabled: true });
    await expect(signIn(user.email, PASSWORD)).rejects.toMatchObject({ code: "unauthenticated" });
    await updateUser(ctx, user.id, { disabled: false, tenants: "all" });
    expect(await actorOf(await signIn(user.email, PASSWORD))).toMatchObject({ tenants: "all" });
  });

  it("always leave one admin, also when two admins remove each other at once", async () => {
    const [first, second] = [await newUser({ role: "admin" }), await newUser({ role: "admin" })];
    const as = (id: string): Ctx => ({ ...ctx, actor: { ...SYSTEM_ACTOR, kind: "user", id } });
    const results = await Promise.allSettled([
      updateUser(as(first.id), second.id, { role: "viewer" }),
      updateUser(as(second.id), first.id, { disabled: true }),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    const [last] = await db.prisma.user.findMany({ where: { role: "admin", disabledAt: null } });
    await expect(updateUser(as(last!.id), last!.id, { role: "lead" })).rejects.toMatchObject({ code: "conflict" });
    await expect(updateUser(as(last!.id), last!.id, { disabled: true })).rejects.toMatchObject({ code: "conflict" });
  });

  it("get a new password from an admin, which ends their sessions", async () => {
    const user = await newUser();
    const claims = await signIn(user.email, PASSWORD);
    const { password } = await resetUserPassword(ctx, user.id);
    expect(await lastAudit()).toMatchObject({ action: "user.reset_password", subject: `user:${user.id}`, data: {} });
    await expect(actorOf(claims)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(signIn(user.email, PASSWORD)).rejects.toMatchObject({ code: "unauthenticated" });
    await signIn(user.email, password);
    await expect(resetUserPassword(ctx, "00000000-0000-4000-8000-000000000000")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("changeOwnPassword", () => {
  it("ends every session but the one that comes back", async () => {
    const user = await newUser();
    const claims = await signIn(user.email, PASSWORD);
    const own = { ...ctx, actor: await actorOf(claims) };
    const fresh = await changeOwnPassword(own, { currentPassword: PASSWORD, newPassword: "another good one" });
    expect(await lastAudit()).toMatchObject({ action: "user.change_password", actorId: user.id, data: {} });
    await expect(actorOf(claims)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await actorOf(fresh)).toMatchObject({ id: user.id });
    await signIn(user.email, "another good one");
  });

  it("needs the current one, and stops guessing", async () => {
    const user = await newUser();
    const own = { ...ctx, actor: await actorOf(await signIn(user.email, PASSWORD)) };
    const guess = () => changeOwnPassword(own, { currentPassword: "a guess", newPassword: "another good one" });
    for (let n = 0; n < 5; n++) await expect(guess()).rejects.toMatchObject({ code: "unprocessable" });
    await expect(guess()).rejects.toMatchObject({ code: "busy" });
    await expect(changeOwnPassword(ctx, { currentPassword: "x", newPassword: "another good one" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("API keys", () => {
  it("are shown once, work with their scopes and tenant, and end when revoked", async () => {
    const { apiKey, key } = await createApiKey(ctx, { name: "ci", scopes: ["read", "ingest"], tenantId: "acme" });
    expect(key).toMatch(/^hr_[\w-]{43}$/);
    expect(apiKey).toMatchObject({ prefix: key.slice(0, 10), scopes: ["read", "ingest"], tenantId: "acme", revokedAt: null });
    expect(await lastAudit()).toMatchObject({ action: "api_key.create", subject: `api_key:${apiKey.id}` });
    expect(
      JSON.stringify([await listApiKeys(ctx), await lastAudit()], (_, v) => (typeof v === "bigint" ? String(v) : v)),
    ).not.toContain(key);
    const request = () => new Request("http://localhost/", { headers: { authorization: `Bearer ${key}` } });
    expect(await resolveActor(request(), db, now)).toMatchObject({ tenants: ["acme"], scopes: ["ingest", "read"] });
    expect(await revokeApiKey(ctx, apiKey.id)).toMatchObject({ revokedAt: now.toISOString() });
    expect(await lastAudit()).toMatchObject({ action: "api_key.revoke", subject: `api_key:${apiKey.id}` });
    await expect(resolveActor(request(), db, now)).rejects.toMatchObject({ code: "unauthenticated" });
    const { seq } = await lastAudit();
    await revokeApiKey(ctx, apiKey.id);
    expect((await lastAudit()).seq).toBe(seq);
  });

  it("are refused for an unknown tenant, in the past, without a scope, for one tenant with the admin scope", async () => {
    const make = (input: object) => createApiKey(ctx, { name: "x", scopes: ["read"], ...input });
    await expect(make({ tenantId: "nope" })).rejects.toMatchObject({ code: "unprocessable" });
    await expect(make({ expiresAt: "2026-11-20T12:00:00Z" })).rejects.toMatchObject({ code: "unprocessable" });
    await expect(make({ scopes: [] })).rejects.toThrow(/choose at least one scope/);
    await expect(make({ scopes: ["admin"], tenantId: "acme" })).rejects.toThrow(/whole workspace/);
  });
});

describe("what the first start makes", () => {
  it("the admin and the key of the environment, once", async () => {
    const settings = {
      HEADROOM_ADMIN_EMAIL: "Root@test.example",
      HEADROOM_ADMIN_PASSWORD: PASSWORD,
      HEADROOM_BOOTSTRAP_API_KEY: `hr_${"k".repeat(40)}`,
    };
    await Promise.all([seedAccess(db, settings, now), seedAccess(db, settings, now)]);
    await seedAccess(db, { ...settings, HEADROOM_ADMIN_PASSWORD: "something else entirely" }, now);
    expect(await actorOf(await signIn("root@test.example", PASSWORD))).toMatchObject({ role: "admin", tenants: "all" });
    const keys = await db.prisma.apiKey.findMany({ where: { hash: hashApiKey(settings.HEADROOM_BOOTSTRAP_API_KEY) } });
    expect(keys).toMatchObject([{ scopes: ["ingest", "read", "admin"], tenantId: null }]);
    const subjects = [`api_key:${keys[0]!.id}`];
    expect(await db.prisma.auditEvent.count({ where: { subject: { in: subjects } } })).toBe(1);
  });

  it("an admin with a made password, where nobody could sign in otherwise", async () => {
    expect(await seedFirstAdmin(db, now)).toBeUndefined();
    const empty = await testDatabase();
    const { email, password } = (await seedFirstAdmin(empty, now))!;
    const claims = await signInWithPassword({ db: empty, now, log, limit: 10 }, { email, password, address: "test" });
    expect(await empty.prisma.user.findMany()).toMatchObject([{ id: claims.userId, role: "admin" }]);
    expect(await seedFirstAdmin(empty, now)).toBeUndefined();
    await empty.close();
  });

  it("the demo people, the viewer limited to one tenant", async () => {
    await seedDemoUsers(db, now, "acme");
    await seedDemoUsers(db, now, "acme");
    for (const person of DEMO_PEOPLE) {
      const actor = await actorOf(await signIn(person.email, DEMO_PASSWORD));
      expect(actor).toMatchObject({ role: person.role, tenants: person.role === "viewer" ? ["acme"] : "all" });
      expect(await loadMe({ ...ctx, actor })).toMatchObject({ email: person.email, hasPassword: true });
    }
  });
});
