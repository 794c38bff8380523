/** Many people at once, over HTTP, on one blast domain: whatever order they come in, no invariant breaks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { mintSession, sessionCookie } from "@/lib/auth/session";
import { tickRollout } from "@/lib/changes/control/tick-rollout";
import { verifyBundle } from "@/lib/changes/evidence/verify-bundle";
import { brokenInvariants } from "@/lib/changes/invariants/broken-invariants";
import { TERMINAL_PHASES } from "@/lib/changes/rollout/state";
import { createChange, exportEvidence, promoteChange, tickChanges } from "@/lib/changes/store";
import { capOf, ctxOf, newGateways, newPerson } from "@/lib/changes/testing/workspace";
import { db as processDb } from "@/lib/db";
import { queues } from "@/lib/queue";
import { randomAt } from "@/lib/stats/random";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { serveRoutes, type ServedRoutes } from "@/lib/testing/serve-routes";
import { POST as command } from "../rollouts/[id]/commands/route";
import { GET as read, PUT as edit } from "./[id]/route";
import { POST as act } from "./[id]/actions/route";
import { POST as comment } from "./[id]/comments/route";

type Handler = (request: Request, next: { params: Promise<{ id: string }> }) => Promise<Response>;
const ROUTES: [RegExp, Handler][] = [
  [/^GET \/api\/v1\/changes\/([0-9a-f-]+)$/, read],
  [/^PUT \/api\/v1\/changes\/([0-9a-f-]+)$/, edit],
  [/^POST \/api\/v1\/changes\/([0-9a-f-]+)\/actions$/, act],
  [/^POST \/api\/v1\/changes\/([0-9a-f-]+)\/comments$/, comment],
  [/^POST \/api\/v1\/rollouts\/([0-9a-f-]+)\/commands$/, command],
];
/** `serveRoutes` asks by method and path. */
const byPath = new Proxy<Record<string, (request: Request) => Promise<Response>>>(
  {},
  {
    get: (_, asked) => {
      for (const [pattern, handler] of ROUTES) {
        const id = pattern.exec(String(asked))?.[1];
        if (id) return (request: Request) => handler(request, { params: Promise.resolve({ id }) });
      }
      return undefined;
    },
  },
);

let db: TestDatabase;
let served: ServedRoutes;
const people: { actor: Actor; cookie: string }[] = [];
const now = new Date();
/** Rollouts that came about among all of it. */
let begun = 0;
let approvals = 0;
const system = () => ctxOf(db, SYSTEM_ACTOR, new Date());

beforeAll(async () => {
  db = await testDatabase({ max: 10 });
  const secret = "a-secret-of-the-tests-with-32-characters";
  Object.assign(process.env, { DATABASE_URL: db.url, HEADROOM_SECRET: secret, HEADROOM_URL: "http://localhost:3000" });
  for (const role of ["analyst", "analyst", "lead", "lead", "lead", "admin"] as const) {
    const actor = await newPerson(db, role);
    people.push({ actor, cookie: `${sessionCookie().name}=${await mintSession({ userId: actor.id, epoch: 0 })}` });
  }
  await db.pool.query(
    "insert into fleet_server (id, listening_since, beat_at) values (gen_random_uuid(), now() - interval '1 hour', now() + interval '1 hour')",
  );
  served = await serveRoutes(byPath);
}, 60_000);
afterAll(async () => {
  await served.close();
  await queues({ databaseUrl: db.url }).close();
  await processDb().close();
  await db.close();
});

async function send(
  who: { cookie: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const headers = { cookie: who.cookie, "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const answer = await fetch(`${served.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** What must hold whenever nobody is in the middle of anything. */
async function invariants(ids: readonly string[]): Promise<void> {
  const changes = await db.prisma.change.findMany({
    where: { id: { in: [...ids] } },
    include: { approvals: true, rollout: { include: { locks: true, commandsGiven: { orderBy: { number: "asc" } } } } },
  });
  const executing = changes.filter(({ status }) => status === "executing");
  const live = changes.filter(({ rollout }) => rollout && !(TERMINAL_PHASES as readonly string[]).includes(rollout.phase));
  expect(live.map(({ id }) => id)).toEqual(executing.map(({ id }) => id));
  // They all share one domain.
  expect(executing.length).toBeLessThanOrEqual(1);
  for (const change of changes) {
    const { rollout, approvals, contentHash } = change;
    expect((rollout?.locks.length ?? 0) > 0).toBe(change.status === "executing");
    if (rollout)
      expect(rollout.commandsGiven.map(({ number }) => number)).toEqual(
        Array.from({ length: rollout.commands }, (_, n) => n + 1),
      );
    // Who approved what is there now did not work on it.
    for (const one of approvals)
      expect([one.contentHash, change.contributors.includes(one.userId)]).toEqual([contentHash, false]);
    if (change.status === "approved")
      expect(new Set(approvals.map(({ userId }) => userId)).size).toBeGreaterThanOrEqual(change.quorum);
    // Nothing was lost and nothing done twice: each mutation has its event, and counted once.
    const events = await db.prisma.auditEvent.findMany({ where: { subject: `change:${change.id}` }, select: { action: true } });
    const mutations = events.filter(
      ({ action }) => action.startsWith("change.") && !["change.comment", "change.export"].includes(action),
    );
    expect(change.version).toBe(mutations.length + (rollout?.endedAt ? 1 : 0));
    const notices = await db.prisma.changeNotice.count({ where: { changeId: change.id } });
    expect(notices).toBe(events.filter(({ action }) => action !== "change.export").length);
  }
}

describe("people editing, approving, starting, promoting and aborting at once", () => {
  it.each([1, 2, 3, 4, 5])(
    "never break an invariant (seed %i)",
    async (seed) => {
      const random = randomAt("concurrency", seed).next;
      const pickOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
      const { environment, ids: targets } = await newGateways(db, 2);
      // All at once and without a soak, so that some get to their promotion among all of it.
      const plan = { strategy: "all" as const, sharesPercent: [100], soakMin: 0, bakeMin: 0, minTraffic: 0 };
      const drafts = people.slice(0, 2);
      const ids: string[] = [];
      for (let n = 0; n < 4; n++)
        ids.push((await createChange(ctxOf(db, drafts[n % 2]!.actor, now), capOf(environment, 100 + n, 0, { plan }))).id);
      const seen = new Map<string, string>();
      const statuses = new Map<number, number>();
      const done = new Map<string, number>();
      const deps = { holder: "test", memory: new Map(), promote: promoteChange };

      const operation = async (): Promise<void> => {
        const [id, who] = [pickOf(ids), pickOf(people)];
        const leads = people.slice(2);
        // Half of them look first, the others act on what they saw some time ago.
        if (!seen.has(id) || random() < 0.8) {
          const { text } = await send(who, "GET", `/api/v1/changes/${id}`);
          seen.set(id, (JSON.parse(text) as { contentHash: string }).contentHash);
        }
        const contentHash = seen.get(id)!;
        const action = (by: { cookie: string }, kind: string, more: object = {}) =>
          send(by, "POST", `/api/v1/changes/${id}/actions`, { kind, contentHash, ...more });
        const name = pickOf([
          "submit",
          "submit",
          "submit",
          "approve",
          "approve",
          "approve",
          "approve",
          "start",
          "start",
          "start",
          "start",
          "edit",
          "ask_changes",
          "comment",
          "command",
          "command",
          "controller",
          "controller",
          "controller",
          "targets",
          "targets",
          "clock",
          "schedule",
        ]);
        let answer = { status: 0, text: "" };
        if (name === "submit") answer = await action(pickOf(drafts), name);
        else if (name === "edit")
          answer = await send(pickOf(people.slice(0, 3)), "PUT", `/api/v1/changes/${id}`, {
            ...capOf(environment, 1 + Math.floor(random() * 9), 0, { plan }),
            contentHash,
          });
        else if (name === "ask_changes") answer = await action(pickOf(leads), name, { comment: "Not yet" });
        else if (name === "schedule") answer = await action(pickOf(leads), name, { at: new Date(Date.now() + 50).toISOString() });
        else if (name === "comment") answer = await send(who, "POST", `/api/v1/changes/${id}/comments`, { text: "Hm" });
        else if (name === "command" || name === "controller") {
          const rollout = await db.prisma.rollout.findFirst({
            where: { changeId: { in: ids }, endedAt: null },
            select: { id: true },
          });
          if (rollout && name === "command")
            answer = await send(pickOf(leads), "POST", `/api/v1/rollouts/${rollout.id}/commands`, {
              kind: pickOf(["pause", "resume", "resume", "promote", "promote", "abort"]),
            });
          else if (rollout) await tickRollout(system(), deps, rollout.id);
        } else if (name === "targets") {
          await db.pool.query(
            `update target set running_generation = desired_generation, running_hash = desired_hash, effective_hash = desired_hash, last_seen_at = now()
             where id = any($1::uuid[])`,
            [targets],
          );
        } else if (name === "clock") await tickChanges(db, new Date());
        else answer = await action(pickOf(leads), name);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 200) done.set(name, (done.get(name) ?? 0) + 1);
        expect({ name, status: answer.status, text: answer.status >= 500 ? answer.text : "" }).toMatchObject({ text: "" });
      };
      for (let round = 0; round < 6; round++) {
        await Promise.all(Array.from({ length: 16 }, operation));
        await invariants(ids);
      }
      // It was about something: people got somewhere, and were refused.
      approvals += done.get("approve") ?? 0;
      expect((statuses.get(409) ?? 0) + (statuses.get(422) ?? 0)).toBeGreaterThan(0);
      // What is in force came about by promotions, each by one, and by nothing else.
      const versions = await db.prisma.policyVersion.findMany({ where: { scopeValue: environment } });
      const promoted = await db.prisma.change.findMany({ where: { id: { in: ids }, status: "promoted" }, select: { id: true } });
      expect(versions.map(({ changeId }) => changeId).toSorted()).toEqual(promoted.map(({ id }) => id).toSorted());
      begun += await db.prisma.rollout.count({ where: { changeId: { in: ids } } });

      expect(await brokenInvariants(system())).toEqual([]);
      // Approved by enough others, before it began, and decided as its facts say: for whatever was rolled out.
      for (const id of ids) expect(verifyBundle(await exportEvidence(system(), id)).problems).toEqual([]);
    },
    120_000,
  );

  it("some of all that was approved and rolled out", () => {
    expect(approvals).toBeGreaterThan(0);
    expect(begun).toBeGreaterThan(0);
  });

  it("promote, pause, resume and abort from four people against three controllers: each change has one end, and an abort that was taken is it", async () => {
    const [author, , lead] = people;
    const plan = { strategy: "all" as const, sharesPercent: [100], soakMin: 0, bakeMin: 0, minTraffic: 0 };
    const ends: string[] = [];
    for (let round = 0; round < 6; round++) {
      const { environment, ids: targets } = await newGateways(db, 2);
      const obey = () =>
        db.pool.query(
          `update target set running_generation = desired_generation, running_hash = desired_hash, effective_hash = desired_hash,
             last_seen_at = now() where id = any($1::uuid[])`,
          [targets],
        );
      await obey();
      const { id } = await createChange(ctxOf(db, author!.actor, now), capOf(environment, 100, 0, { plan }));
      const { contentHash } = await db.prisma.change.findUniqueOrThrow({ where: { id } });
      for (const [who, kind] of [
        [author!, "submit"],
        [lead!, "approve"],
        [lead!, "start"],
      ] as const) {
        expect((await send(who, "POST", `/api/v1/changes/${id}/actions`, { kind, contentHash })).status).toBe(200);
      }
      const { id: rolloutId } = await db.prisma.rollout.findUniqueOrThrow({ where: { changeId: id } });
      const controllers = [1, 2, 3].map((n) => ({ holder: `controller ${n}`, memory: new Map(), promote: promoteChange }));
      const kinds = ["promote", "pause", "resume", ...(round % 2 === 0 ? [] : ["abort"])];
      for (let again = 0; again < round; again++) await tickRollout(system(), controllers[0]!, rolloutId);
      const [answers] = await Promise.all([
        Promise.all(
          kinds.map((kind, n) => send(people[2 + (n % 4)]!, "POST", `/api/v1/rollouts/${rolloutId}/commands`, { kind })),
        ),
        ...controllers.map((one) => tickRollout(system(), one, rolloutId)),
      ]);
      expect(answers!.every(({ status }) => status === 201 || status === 200 || status === 409)).toBe(true);
      await send(lead!, "POST", `/api/v1/rollouts/${rolloutId}/commands`, { kind: "resume" });
      await db.pool.query("update rollout set lease_until = now() - interval '1 second' where id = $1", [rolloutId]);
      for (let again = 0; again < 10; again++) {
        await obey();
        await tickRollout(system(), controllers[2]!, rolloutId);
      }
      const { status } = await db.prisma.change.findUniqueOrThrow({ where: { id } });
      const aborted = kinds.includes("abort") && answers!.at(-1)!.status < 300;
      expect({ round, status }).toEqual({ round, status: aborted ? "rolled_back" : "promoted" });
      const versions = await db.prisma.policyVersion.count({ where: { scopeValue: environment } });
      expect(versions).toBe(aborted ? 0 : 1);
      ends.push(status);
    }
    expect(new Set(ends)).toEqual(new Set(["promoted", "rolled_back"]));
    expect(await brokenInvariants(system())).toEqual([]);
  }, 120_000);

  it("of many who start at once, changes of one domain and one change, exactly one begins", async () => {
    const { environment } = await newGateways(db);
    const [author, , lead] = people;
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { id } = await createChange(ctxOf(db, author!.actor, now), capOf(environment, 100 + n));
      const { contentHash } = await db.prisma.change.findUniqueOrThrow({ where: { id } });
      for (const [who, kind] of [
        [author!, "submit"],
        [lead!, "approve"],
      ] as const) {
        expect((await send(who, "POST", `/api/v1/changes/${id}/actions`, { kind, contentHash })).status).toBe(200);
      }
      ids.push(id);
    }
    const hashes = new Map(
      (await db.prisma.change.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row.contentHash]),
    );
    const answers = await Promise.all(
      [...ids, ...ids, ...ids, ...ids].map((id, n) =>
        send(people[2 + (n % 4)]!, "POST", `/api/v1/changes/${id}/actions`, { kind: "start", contentHash: hashes.get(id) }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.every(({ status }) => [200, 409, 422].includes(status))).toBe(true);
    expect(await db.prisma.blastLock.count({ where: { domain: `gateways:${environment}` } })).toBe(1);
    await invariants(ids);
  });
});
