import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Actor } from "@/lib/auth/actor";
import { chainHash } from "@/lib/audit/append";
import { canonicalText } from "@/lib/protocol/canonical";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { tickRollout } from "../control/tick-rollout";
import { actOnChange, createChange, exportEvidence, exportPopulation, getRollout, promoteChange } from "../store";
import { capOf, ctxOf, newGateways, newPerson, NOW } from "../testing/workspace";
import { bodyHash, type Bundle } from "./bundle";
import { verifyBundle } from "./verify-bundle";

let db: TestDatabase;
let analyst: Actor, lead: Actor, admin: Actor;
let text: string;
let id: string;
let rolloutId: string;
const as = (actor: Actor, now = NOW) => ctxOf(db, actor, now);

beforeAll(async () => {
  db = await testDatabase();
  [analyst, lead, admin] = [await newPerson(db, "analyst"), await newPerson(db, "lead"), await newPerson(db, "admin")];
  const { environment } = await newGateways(db, 2);
  ({ id } = await createChange(as(analyst), capOf(environment, 500)));
  const { contentHash } = await db.prisma.change.findUniqueOrThrow({ where: { id } });
  await actOnChange(as(analyst), id, { kind: "submit", contentHash });
  await actOnChange(as(lead), id, { kind: "approve", contentHash, comment: "Looks right" });
  // Somebody else's work in between: the chain has no gap, and no secret.
  await createChange(as(analyst), { ...capOf(environment, 1), title: "Another" });
  await actOnChange(as(lead), id, { kind: "start", contentHash });
  rolloutId = (await db.prisma.rollout.findUniqueOrThrow({ where: { changeId: id } })).id;
  // No target was ever heard: the controller finds that in its preflight.
  const deps = { holder: "test", memory: new Map(), promote: promoteChange };
  for (let tick = 1; tick <= 4; tick++)
    await tickRollout(as(SYSTEM_ACTOR, new Date(NOW.getTime() + tick * 10_000)), deps, rolloutId);
  text = await exportEvidence(as(admin, new Date(NOW.getTime() + 60_000)), id);
});
afterAll(() => db.close());

/** A file that is in order as a file: only what it says was changed. */
function tampered(change: (bundle: Bundle) => void): string[] {
  const bundle = JSON.parse(text) as Bundle;
  change(bundle);
  return verifyBundle(canonicalText(bundle)).problems;
}

describe("the evidence bundle of a change", () => {
  it("holds: chain, content, approval before the start, configurations, and every decision computed again", () => {
    const verdict = verifyBundle(text);
    expect(verdict.problems).toEqual([]);
    const { rollout, audit, change } = JSON.parse(text) as Bundle;
    expect(change.status).toBe("failed_preflight");
    expect(rollout!.ticks.length).toBeGreaterThanOrEqual(2);
    // Before, nothing was ordered: what says nothing, and what the change makes of it.
    expect(Object.keys(rollout!.payloads)).toHaveLength(2);
    const own = audit.links.filter(({ event }) => event.subject === `change:${id}`).map(({ event }) => event.action);
    expect(own).toEqual(
      expect.arrayContaining([
        "change.create",
        "change.submit",
        "change.approve",
        "change.start",
        "rollout.step",
        "change.export",
      ]),
    );
    expect(verdict.head).toEqual(audit.head);
    expect(verifyBundle(`${text}\n`).problems).toEqual([]);
  });

  it("any one byte changed makes it fail", () => {
    const bytes = Buffer.from(text);
    const step = Math.max(1, Math.floor(bytes.length / 250));
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      expect({ at, holds: verifyBundle(changed.toString()).problems.length === 0 }).toEqual({ at, holds: false });
    }
    expect(verifyBundle(text.slice(0, -1)).problems).not.toEqual([]);
    expect(verifyBundle(text.replace(":", ": ")).problems.join()).toContain("not as it was written");
  });

  it("says what was changed", () => {
    expect(tampered(({ audit }) => void audit.links.splice(1, 1)).join()).toContain("is missing");
    expect(tampered(({ audit }) => void (audit.links[0]!.event.actorName = "Nobody")).join()).toContain(
      "changed after it was written",
    );
    expect(tampered(({ audit }) => void audit.links.pop()).join()).toContain("does not end at its head");
    expect(tampered(({ change }) => void (change.content.rolloutPlan["soakMin"] = 1)).join()).toContain(
      "does not have the hash that was approved",
    );
    expect(tampered(({ change }) => void (change.quorum = 0)).join()).toContain("not what was exported");
    expect(tampered(({ change }) => void (change.contributors = [lead.id])).join()).toContain(
      "0 of 1 people approved it before it began",
    );
    expect(
      tampered(({ rollout }) => void ((Object.values(rollout!.payloads)[0] as { schema: number }).schema = 2)).join(),
    ).toContain("does not have its hash");
    expect(
      tampered(({ rollout }) => void ((rollout!.ticks[0]!.decision as { phase: string }).phase = "promoted")).join(),
    ).toContain("is not what its facts give");
    const facts = (bundle: Bundle) => bundle.rollout!.ticks[0]!.facts as Record<string, unknown>;
    const judged = (bundle: Bundle) => (facts(bundle)["judged"] as { verdict: { verdict: string } }[])[0]!.verdict;
    expect(tampered((bundle) => void (judged(bundle).verdict = "pass")).join()).toContain("is not what its observations give");
    expect(tampered((bundle) => void delete facts(bundle)["inputs"]).join()).toContain("what its verdicts were computed from");
    expect(
      tampered((bundle) => void ((facts(bundle)["verdicts"] as { verdict: string }[])[0]!.verdict = "pass")).join(),
    ).toContain("was not taken from its verdicts");
    const inputs = (bundle: Bundle) => facts(bundle)["inputs"] as { stops: { spend: string | null } };
    expect(tampered((bundle) => void (inputs(bundle).stops.spend = "99000000000000")).join()).toContain(
      "A hard stop of decision 1 is not what its observations give",
    );
    expect(tampered((bundle) => void (bundle.rollout!.payloads = {})).join()).toContain("is missing");
    expect(verifyBundle("{}").problems.join()).toContain("not an evidence bundle");
  });

  it("a bundle that was made up as a whole is found by a head that was written down elsewhere", () => {
    const bundle = JSON.parse(text) as Bundle;
    const { audit, ...body } = bundle;
    body.change["title"] = "Harmless";
    let prevHash = audit.links[0]!.prevHash;
    for (const link of audit.links) {
      if (link.event.action === "change.export") (link.event.data as { bundle: string }).bundle = bodyHash(body);
      if (link.event.action === "change.create") (link.event.data as { title: string }).title = "Harmless";
      Object.assign(link, { prevHash, hash: chainHash(prevHash, link.event) });
      prevHash = link.hash;
    }
    audit.head.hash = prevHash;
    const forged = canonicalText(bundle);
    const written = (JSON.parse(text) as Bundle).audit.links[2]!;
    const head = { seq: written.event.seq, hash: written.hash };
    expect(verifyBundle(forged).problems).toEqual([]);
    expect(verifyBundle(forged, head).problems.join()).toContain("the past was rewritten");
    expect(verifyBundle(text, head).problems).toEqual([]);
    expect(verifyBundle(text, { seq: "999999", hash: head.hash }).problems.join()).toContain("is not in this bundle");
  });

  it("is for admins of the whole workspace, and is itself an event", async () => {
    await expect(exportEvidence(as(lead), id)).rejects.toMatchObject({ code: "forbidden" });
    await expect(exportEvidence(as({ ...admin, tenants: ["acme"] }), id)).rejects.toMatchObject({ code: "forbidden" });
    expect(await db.prisma.auditEvent.count({ where: { action: "change.export" } })).toBe(1);
  });
});

describe("beside it", () => {
  it("the population lists every change once, and no formula", async () => {
    const { id: formula } = await createChange(as(analyst), { ...capOf("x", 5), title: "=HYPERLINK(evil)" });
    const lines = (await exportPopulation(as(analyst))).trimEnd().split("\r\n");
    expect(lines).toHaveLength(1 + (await db.prisma.change.count()));
    expect(lines.find((line) => line.includes(formula))).toContain("'=HYPERLINK(evil)");
    expect(lines.find((line) => line.includes(id))).toContain(`${lead.name} 2026-11-20T12:00:00Z`);
    expect((await exportPopulation(as({ ...analyst, tenants: ["acme"] }))).trimEnd().split("\r\n")).toHaveLength(1);
  });

  it("a rollout shows where it is, why, and what each target runs", async () => {
    const view = await getRollout(as(analyst, new Date(NOW.getTime() + 60_000)), rolloutId);
    expect(view).toMatchObject({
      changeId: id,
      state: { phase: "failed_preflight" },
      endedAt: expect.any(String),
      nextJudgementAt: null,
    });
    expect(view.targets.map(({ runs, status, inStep }) => [runs, status, inStep])).toEqual([
      ["nothing", "unreachable", false],
      ["nothing", "unreachable", false],
    ]);
    expect(view.history.map(({ phase }) => phase)).toEqual(["failed_preflight", "preflight"]);
    expect(view.guardrails.map(({ guardrail, newest }) => [guardrail, newest.verdict])).toContainEqual(["error", "no_data"]);
    expect(view.facts).toMatchObject({ frozen: false, canaryRequests: 0 });
  });
});
