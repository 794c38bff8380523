import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor, type Ctx, type Role } from "@/lib/auth/actor";
import { createUser } from "@/lib/auth/create-user";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import {
  createSavedView,
  createTenant,
  deleteSavedView,
  listSavedViews,
  listTenants,
  loadWorkspace,
  updateTenant,
  updateWorkspace,
} from "./index";

let db: TestDatabase;
let ctx: Ctx;
const now = new Date("2026-11-20T12:00:00Z");

beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now, log: createLogger("test") };
  for (const id of ["acme", "globex"]) await createTenant(ctx, { id, name: id.toUpperCase() });
});
afterAll(() => db.close());

const lastAudit = () => db.prisma.auditEvent.findFirstOrThrow({ orderBy: { seq: "desc" } });
let count = 0;
async function person(role: Role, tenants: "all" | string[] = "all"): Promise<Ctx> {
  const { user } = await createUser(ctx, {
    email: `p${(count += 1)}@test.example`,
    name: `P${count}`,
    role,
    tenants,
    ssoOnly: true,
  });
  return { ...ctx, actor: { kind: "user", id: user.id, name: user.name, role, tenants } };
}

describe("who may do it", () => {
  const refused: [string, Actor][] = [
    ["a viewer", { ...SYSTEM_ACTOR, kind: "user", role: "viewer" }],
    ["a lead", { ...SYSTEM_ACTOR, kind: "user", role: "lead" }],
    ["an admin limited to a tenant", { ...SYSTEM_ACTOR, kind: "user", tenants: ["acme"] }],
  ];
  const verbs: [string, (ctx: Ctx) => Promise<unknown>][] = [
    ["updateWorkspace", (ctx) => updateWorkspace(ctx, { name: "Mine" })],
    ["createTenant", (ctx) => createTenant(ctx, { id: "mine", name: "Mine" })],
    ["updateTenant", (ctx) => updateTenant(ctx, "acme", { name: "Mine" })],
  ];
  it.each(verbs.flatMap(([verb, run]) => refused.map(([who, actor]) => [verb, who, run, actor] as const)))(
    "%s refuses %s",
    async (_verb, _who, run, actor) => {
      const before = await db.prisma.auditEvent.count();
      await expect(run({ ...ctx, actor })).rejects.toMatchObject({ code: "forbidden" });
      expect(await db.prisma.auditEvent.count()).toBe(before);
    },
  );
  it("a viewer saves no views", async () => {
    const viewer = await person("viewer");
    await expect(createSavedView(viewer, { name: "x", path: "/explore", query: "" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("the workspace", () => {
  it("is changed, audited field by field, and seen at once", async () => {
    expect(await loadWorkspace(db)).toMatchObject({ name: "Headroom", timeZone: "UTC", tagKeys: [], rawRetentionDays: 35 });
    const after = await updateWorkspace(ctx, { name: "Finance", timeZone: "Europe/Paris", tagKeys: ["team", "env", "team"] });
    expect(after).toMatchObject({ name: "Finance", timeZone: "Europe/Paris", tagKeys: ["team", "env"] });
    expect(await loadWorkspace(db)).toEqual(after);
    expect(await lastAudit()).toMatchObject({
      action: "workspace.update",
      data: {
        before: { name: "Headroom", timeZone: "UTC", tagKeys: [] },
        after: { name: "Finance", timeZone: "Europe/Paris", tagKeys: ["team", "env"] },
      },
    });
    const { seq } = await lastAudit();
    await updateWorkspace(ctx, { timeZone: "Europe/Paris" });
    expect((await lastAudit()).seq).toBe(seq);
  });

  it.each([
    [{ timeZone: "Europe/Nowhere" }, /time zone/],
    [{ currency: "EUR" }, /no exchange rate for EUR/],
    [{ rawRetentionDays: 0 }, />=1/],
    [{ tagKeys: ["a,b"] }, /without spaces, commas/],
    [{ demo: true }, /Unrecognized/],
  ])("refuses %j", async (input, message) => {
    await expect(updateWorkspace(ctx, input as never)).rejects.toThrow(message);
  });
});

describe("tenants", () => {
  it("are listed to those who may see them", async () => {
    expect((await listTenants(ctx)).map((tenant) => tenant.id)).toEqual(["acme", "globex"]);
    expect((await listTenants(await person("viewer", ["globex"]))).map((tenant) => tenant.id)).toEqual(["globex"]);
    expect(await listTenants(await person("viewer", []))).toEqual([]);
  });

  it("are made once, renamed, archived and brought back, each with an audit row", async () => {
    await db.pool.query("insert into tenant (id, name, discovered) values ('found', 'found', true)");
    await expect(createTenant(ctx, { id: "found", name: "F" })).rejects.toMatchObject({ code: "conflict" });
    expect(await updateTenant(ctx, "found", { name: "Found Ltd" })).toMatchObject({ name: "Found Ltd", discovered: false });
    expect(await lastAudit()).toMatchObject({
      action: "tenant.update",
      subject: "tenant:found",
      data: { before: { discovered: true } },
    });
    expect(await updateTenant(ctx, "found", { archived: true })).toMatchObject({ archivedAt: now.toISOString() });
    expect(await updateTenant(ctx, "found", { archived: false })).toMatchObject({ archivedAt: null });
    await expect(updateTenant(ctx, "nope", { archived: true })).rejects.toMatchObject({ code: "not_found" });
    await expect(updateTenant(ctx, "acme", {})).rejects.toThrow(/send a name/);
  });
});

describe("saved views", () => {
  it("are one's own, or shared, and deleted by their owner or an admin", async () => {
    const [owner, other] = [await person("analyst"), await person("analyst")];
    const mine = await createSavedView(owner, { name: "Mine", path: "/explore", query: "?metric=cost_usd" });
    expect(mine).toMatchObject({ query: "metric=cost_usd", shared: false });
    const team = await createSavedView(owner, { name: "Team", path: "/requests", query: "", shared: true });
    expect(await lastAudit()).toMatchObject({ action: "saved_view.create", subject: `saved_view:${team.id}` });
    expect((await listSavedViews(other)).map((view) => view.id)).toEqual([team.id]);
    expect((await listSavedViews(owner, "/explore")).map((view) => view.id)).toEqual([mine.id]);
    await expect(createSavedView(owner, { name: "Mine", path: "/explore", query: "" })).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(deleteSavedView(other, team.id)).rejects.toMatchObject({ code: "not_found" });
    const admin = await person("admin");
    await expect(deleteSavedView(admin, mine.id)).rejects.toMatchObject({ code: "not_found" });
    await deleteSavedView(admin, team.id);
    expect(await lastAudit()).toMatchObject({ action: "saved_view.delete", subject: `saved_view:${team.id}` });
    await deleteSavedView(owner, mine.id);
    expect(await listSavedViews(owner)).toEqual([]);
  });

  it("do not tell somebody limited to tenants what others look at", async () => {
    const everywhere = await person("lead");
    const both = await person("lead", ["acme", "globex"]);
    const acme = await person("analyst", ["acme"]);
    const share = (by: Ctx, name: string) =>
      createSavedView(by, { name, path: "/explore", query: "tenant=globex", shared: true });
    await share(everywhere, "all");
    await share(both, "both");
    await share(acme, "acme");
    const names = async (of: Ctx) => (await listSavedViews(of)).map((view) => view.name);
    expect(await names(await person("viewer", ["acme"]))).toEqual(["acme"]);
    expect(await names(both)).toEqual(["acme", "both"]);
    expect(await names(everywhere)).toEqual(["acme", "all", "both"]);
  });

  it.each(["//evil.example", "https://evil.example", "explore", "/a b"])("are of pages of the console, not %s", async (path) => {
    await expect(createSavedView(await person("lead"), { name: "x", path, query: "" })).rejects.toThrow(/page of the console/);
  });
});
