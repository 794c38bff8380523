import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { appendAudit, chainHash, type ChainedEvent } from "./append";
import { CHAIN_START, checkLink, type StoredLink } from "./check-link";
import { listAudit } from "./list-audit";
import { verifyAudit } from "./verify-audit";

let db: TestDatabase;
let ctx: Ctx;
const log = createLogger("test");
const now = new Date("2026-11-20T12:00:00.123Z");

beforeAll(async () => {
  db = await testDatabase();
  ctx = { actor: SYSTEM_ACTOR, db, now, log };
});
afterAll(() => db.close());

async function append(action: string, data: Record<string, unknown> = {}): Promise<void> {
  await db.prisma.$transaction((tx) => appendAudit(tx, ctx, { action, subject: "thing:1", data }));
}

/** Somebody with the rights of the database's owner, going around the trigger. */
async function tamper(sql: string): Promise<void> {
  await db.pool.query(`alter table audit_event disable trigger audit_event_append_only; ${sql};
    alter table audit_event enable trigger audit_event_append_only`);
}

beforeEach(async () => {
  await tamper("delete from audit_event; update audit_head set seq = 0, hash = repeat('0', 64)");
});

describe("the chain", () => {
  it("is sha256 of the previous hash and the canonical event, keys in order", () => {
    const event = {
      seq: "1",
      at: "t",
      actorKind: "k",
      actorId: "i",
      actorName: "n",
      action: "a.b",
      subject: "s",
      data: { b: 1, a: "é" },
    };
    const canonical =
      '{"action":"a.b","actorId":"i","actorKind":"k","actorName":"n","at":"t","data":{"a":"é","b":1},"seq":"1","subject":"s"}';
    expect(chainHash("00", event)).toBe(createHash("sha256").update(`00${canonical}`).digest("hex"));
  });

  it("notices any change to any part of any event", () => {
    const text = fc.string({ minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ action: text, subject: text, actorName: text, data: fc.dictionary(text, fc.jsonValue()) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.nat(),
        fc.constantFrom("action", "subject", "actorName", "at", "actorId", "actorKind"),
        (events, pick, field) => {
          let end = CHAIN_START;
          const links: StoredLink[] = events.map((part, at) => {
            const event: ChainedEvent = { seq: String(at + 1), at: "t", actorKind: "user", actorId: "u", ...part };
            const link = { event, prevHash: end.hash, hash: chainHash(end.hash, event) };
            end = { seq: BigInt(at + 1), hash: link.hash };
            return link;
          });
          const target = pick % links.length;
          const walk = (chain: StoredLink[]) => {
            let at = CHAIN_START;
            for (const link of chain) {
              if (checkLink(at, link)) return link.event.seq;
              at = { seq: BigInt(link.event.seq), hash: link.hash };
            }
            return undefined;
          };
          expect(walk(links)).toBeUndefined();
          const changed = links.map((link, at) =>
            at === target ? { ...link, event: { ...link.event, [field]: `${link.event[field]}!` } } : link,
          );
          expect(walk(changed)).toBe(String(target + 1));
          expect(walk(links.filter((_, at) => at !== target))).toBe(target === links.length - 1 ? undefined : String(target + 2));
        },
      ),
    );
  });
});

describe("verifyAudit", () => {
  it("holds for what was appended, whatever JSON it carries, also by several at once", async () => {
    await append("a.one", { text: "ü\u2028", nested: { z: [1, 2.5, -0, 1e21, null], a: true }, skipped: undefined });
    await Promise.all(Array.from({ length: 8 }, (_, n) => append("a.many", { n })));
    expect(await verifyAudit(ctx)).toMatchObject({ ok: true, checked: 9, head: { seq: "9" } });
  });

  it("cannot be changed by the application at all", async () => {
    await append("a.one");
    for (const sql of ["update audit_event set action = 'x'", "delete from audit_event", "truncate audit_event"]) {
      await expect(db.pool.query(sql)).rejects.toThrow("append-only");
    }
  });

  it.each([
    ["a changed event", "update audit_event set data = '{\"n\": 7}' where seq = 2", "2", /changed after/],
    ["a removed event", "delete from audit_event where seq = 2", "3", /Event 2 is missing/],
    ["a cut tail", "delete from audit_event where seq = 3", "3", /newest events are missing/],
    [
      "a cut tail with the head set back",
      "delete from audit_event where seq = 3; update audit_head set seq = 2",
      "3",
      /head does not match/,
    ],
  ])("finds %s", async (_name, sql, seq, reason) => {
    for (const n of [1, 2, 3]) await append("a.event", { n });
    await tamper(sql);
    const verdict = await verifyAudit(ctx);
    expect(verdict).toMatchObject({ ok: false, broken: { seq } });
    expect(verdict.broken?.reason).toMatch(reason);
  });

  it("finds a chain that was rewritten from the start, when a head was written down before", async () => {
    for (const n of [1, 2]) await append("a.event", { n });
    const { head } = await verifyAudit(ctx);
    await append("a.event", { n: 3 });
    expect(await verifyAudit(ctx, head)).toMatchObject({ ok: true, checked: 3 });
    await tamper("delete from audit_event; update audit_head set seq = 0, hash = repeat('0', 64)");
    for (const n of [1, 9, 3]) await append("a.event", { n });
    expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
    expect(await verifyAudit(ctx, head)).toMatchObject({ ok: false, broken: { seq: "2" } });
  });
});

describe("listAudit", () => {
  it("pages back from the newest and filters by noun, action and actor", async () => {
    for (const action of ["user.create", "user.update", "api_key.create"]) await append(action);
    const first = await listAudit(ctx, { limit: 2 });
    expect(first.events.map((event) => event.action)).toEqual(["api_key.create", "user.update"]);
    const second = await listAudit(ctx, { limit: 2, before: first.next! });
    expect(second).toMatchObject({ next: null, events: [{ seq: "1", action: "user.create" }] });
    expect((await listAudit(ctx, { action: "user" })).events).toHaveLength(2);
    expect((await listAudit(ctx, { action: "user.update" })).events).toHaveLength(1);
    expect((await listAudit(ctx, { actor: "head" })).events).toHaveLength(3);
    expect((await listAudit(ctx, { actor: "somebody" })).events).toHaveLength(0);
  });

  it("is for admins of the whole workspace", async () => {
    for (const actor of [
      { ...SYSTEM_ACTOR, kind: "user" as const, role: "lead" as const },
      { ...SYSTEM_ACTOR, kind: "user" as const, tenants: ["acme"] },
    ]) {
      await expect(listAudit({ ...ctx, actor }, {})).rejects.toMatchObject({ code: "forbidden" });
      await expect(verifyAudit({ ...ctx, actor })).rejects.toMatchObject({ code: "forbidden" });
    }
  });
});
