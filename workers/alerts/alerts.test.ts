/** Rules on a real database: events through the real ingest, evaluated as the role does, acted on as people do. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  actOnIncident,
  commentIncident,
  createRule,
  evaluateRule,
  getIncident,
  listIncidents,
  listRules,
  readBacktest,
  switchRule,
  updateRule,
} from "@/lib/alerts";
import { ruleSchema, type AlertRuleInput } from "@/lib/alerts/rules/schemas";
import { SYSTEM_ACTOR, type Actor, type Ctx } from "@/lib/auth/actor";
import { createLogger } from "@/lib/log";
import { seedBasePriceBook } from "@/lib/pricing";
import { readNativeEvent, type NativeEvent } from "@/lib/telemetry";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { nativeEvent } from "@/lib/testing/native-event";
import { seededRandom } from "@/lib/metrics/testing";
import { ingestEvents } from "../ingest/ingest-events";
import { livedTransitions, testedTransitions } from "./testing";

const MINUTE = 60_000;
const DAY = 86_400_000;
const log = createLogger("test");
/** A whole hour, two days ago: everything of it is in minutes. */
const BASE = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 2 * DAY;
let db: TestDatabase;

const admin: Actor = { kind: "user", id: "ada", name: "Ada Min", role: "admin", tenants: "all" };
const lead = (tenant: string): Actor => ({ kind: "user", id: "lena", name: "Lena Lead", role: "lead", tenants: [tenant] });
const ctx = (at: number, actor: Actor = SYSTEM_ACTOR): Ctx => ({ actor, db, now: new Date(at), log });

beforeAll(async () => {
  db = await testDatabase({ max: 10 });
  await seedBasePriceBook(db, new Date(BASE - 90 * DAY));
});
afterAll(() => db.close());

async function send(events: { at: number; tenant: string; failed: boolean }[]): Promise<void> {
  const read = events.map(({ at, tenant, failed }, index) => {
    const id = randomUUID();
    const event: Partial<NativeEvent> = {
      id,
      requestId: id,
      occurredAt: new Date(at).toISOString(),
      tenant,
      endpoint: "support.answer",
      status: failed ? "error" : "success",
      attempt: 1,
      final: true,
      shadow: false,
    };
    const one = readNativeEvent(nativeEvent(index, event, at), {
      now: Date.now(),
      rawRetentionDays: 35,
      tenants: "all",
      apiKeyId: null,
    });
    if ("refusal" in one) throw new Error(one.refusal.message);
    return one.event;
  });
  await ingestEvents({ db, log }, read, { receivedAt: () => Date.now() });
}

/** `of` ten requests of each minute from `from` on fail. */
async function minutes(tenant: string, from: number, failures: readonly (number | null)[]): Promise<void> {
  await send(
    failures.flatMap((failed, minute) =>
      failed === null
        ? []
        : Array.from({ length: 10 }, (_, index) => ({
            at: from + minute * MINUTE + index * 1_000,
            tenant,
            failed: index < failed,
          })),
    ),
  );
}

const errorRule = (more: Partial<AlertRuleInput> = {}): AlertRuleInput => ({
  name: "Errors",
  metric: "error_rate",
  groupBy: ["tenant"],
  condition: { type: "threshold", direction: "above", value: "0.3" },
  windowSec: 60,
  everySec: 60,
  delaySec: 0,
  forSec: 60,
  keepFiringSec: 120,
  runbook: "Look at the gateway.",
  owner: "platform",
  ...more,
});

/** Evaluates as the role would at each minute from `from` to `to`. */
async function live(ruleId: string, from: number, to: number): Promise<void> {
  for (let at = from; at <= to; at += MINUTE) {
    for (let more = true; more;) more = (await evaluateRule(ctx(at), "one", ruleId)) === "more";
  }
}

/** A rule that was saved at `at`. */
async function saved(at: number, rule: AlertRuleInput): Promise<string> {
  const { id } = await createRule(ctx(at, admin), rule);
  return id;
}

const notifications = async (incidentId: string) =>
  (
    await db.pool.query<{ dedupe_key: string; kind: string; incident_state: string; title: string; tenants: string[] }>(
      "select dedupe_key, kind, incident_state, title, tenants from notification where dedupe_key like $1 order by id",
      [`alert:${incidentId}:%`],
    )
  ).rows;

describe("a rule from breach to end", () => {
  it("waits, fires, is taken on by a lead of that tenant, recovers and ends: one notification each", async () => {
    const tenant = "acme-flow";
    await minutes(tenant, BASE, [0, 5, 5, 5, 0, 0, 0, 0]);
    const ruleId = await saved(BASE, errorRule({ filters: [{ dimension: "tenant", in: [tenant] }] }));
    await live(ruleId, BASE, BASE + 4 * MINUTE);
    const { incidents } = await listIncidents(ctx(BASE), { rule: ruleId });
    expect(incidents).toHaveLength(1);
    const [incident] = incidents;
    expect(incident).toMatchObject({ phase: "firing", worst: "0.5", threshold: "0.3", labels: { tenant } });
    // [1 min, 2 min) is seen at 2 min: pending there, firing a minute later.
    expect(incident!.breachedSince).toBe(new Date(BASE + 2 * MINUTE).toISOString());
    expect(incident!.openedAt).toBe(new Date(BASE + 3 * MINUTE).toISOString());

    await expect(actOnIncident(ctx(BASE, lead("somebody-else")), incident!.id, { action: "acknowledge" })).rejects.toThrow(
      "no such incident",
    );
    expect((await listIncidents(ctx(BASE, lead("somebody-else")), { rule: ruleId })).incidents).toEqual([]);
    await actOnIncident(ctx(BASE + 4 * MINUTE + 5_000, lead(tenant)), incident!.id, { action: "acknowledge", note: "On it" });
    await expect(actOnIncident(ctx(BASE, admin), incident!.id, { action: "acknowledge" })).rejects.toThrow("already");
    await commentIncident(ctx(BASE + 5 * MINUTE, lead(tenant)), incident!.id, { text: "The upstream was restarted." });

    await live(ruleId, BASE + 5 * MINUTE, BASE + 8 * MINUTE);
    const details = await getIncident(ctx(BASE), incident!.id);
    expect(details.history.map(({ number, kind, by }) => [number, kind, by])).toEqual([
      [1, "pending", null],
      [2, "firing", null],
      [3, "acknowledged", "Lena Lead"],
      [4, "recovering", null],
      [5, "resolved", null],
    ]);
    expect(details).toMatchObject({
      phase: "resolved",
      acknowledgedBy: "Lena Lead",
      comments: [{ text: "The upstream was restarted." }],
    });
    const told = await notifications(incident!.id);
    expect(told.map(({ dedupe_key, kind, incident_state }) => [dedupe_key.split(":").at(-1), kind, incident_state])).toEqual([
      ["2", "firing", "triggered"],
      ["3", "acknowledged", "acknowledged"],
      ["4", "recovering", "acknowledged"],
      ["5", "resolved", "resolved"],
    ]);
    expect(told.every(({ tenants }) => tenants.join() === tenant)).toBe(true);
    await expect(actOnIncident(ctx(BASE, admin), incident!.id, { action: "resolve" })).rejects.toThrow("resolved already");
  });

  it("evaluates an instant once, however many evaluators look at it at once and again", async () => {
    const tenant = "acme-twice";
    await minutes(tenant, BASE, [9, 9, 9, 9]);
    const ruleId = await saved(BASE, errorRule({ name: "Twice", filters: [{ dimension: "tenant", in: [tenant] }] }));
    await live(ruleId, BASE, BASE + MINUTE);
    const at = BASE + 4 * MINUTE;
    await Promise.all(["a", "b", "c", "d"].map((holder) => evaluateRule(ctx(at), holder, ruleId)));
    await evaluateRule(ctx(at), "e", ruleId);
    const { incidents } = await listIncidents(ctx(at), { rule: ruleId });
    expect(incidents).toHaveLength(1);
    expect(await notifications(incidents[0]!.id)).toHaveLength(1);
  });

  it("ends what is open when it is deleted, and comes back restored without what it missed", async () => {
    const tenant = "acme-gone";
    await minutes(tenant, BASE, [9, 9, 9, 9]);
    const ruleId = await saved(BASE, errorRule({ name: "Gone", filters: [{ dimension: "tenant", in: [tenant] }] }));
    await live(ruleId, BASE, BASE + 4 * MINUTE);
    await switchRule(ctx(BASE + 5 * MINUTE, admin), ruleId, "delete");
    const { incidents } = await listIncidents(ctx(BASE), { rule: ruleId });
    expect(incidents[0]).toMatchObject({ phase: "resolved", resolvedBy: "Ada Min" });
    expect(await evaluateRule(ctx(BASE + 6 * MINUTE), "one", ruleId)).toBe("not_mine");
    await switchRule(ctx(BASE + 60 * MINUTE, admin), ruleId, "restore");
    expect(await evaluateRule(ctx(BASE + 60 * MINUTE), "one", ruleId)).toBe("evaluated");
    expect((await listIncidents(ctx(BASE), { rule: ruleId })).incidents).toHaveLength(1);
  });

  it("goes on with another threshold, and refuses a save on top of somebody else's", async () => {
    const tenant = "acme-edit";
    await minutes(tenant, BASE, [5, 5, 5, 5, 5]);
    const filters: AlertRuleInput["filters"] = [{ dimension: "tenant", in: [tenant] }];
    const ruleId = await saved(BASE, errorRule({ name: "Edited", filters }));
    await live(ruleId, BASE, BASE + 3 * MINUTE);
    const higher = errorRule({ name: "Edited", filters, condition: { type: "threshold", direction: "above", value: "0.9" } });
    expect((await updateRule(ctx(BASE + 3 * MINUTE, admin), ruleId, 1, higher)).version).toBe(2);
    await expect(updateRule(ctx(BASE, admin), ruleId, 1, higher)).rejects.toThrow("Somebody saved version 2");
    await live(ruleId, BASE + 4 * MINUTE, BASE + 4 * MINUTE);
    expect((await listIncidents(ctx(BASE), { rule: ruleId })).incidents[0]).toMatchObject({ phase: "recovering" });
  });
});

describe("a rule that cannot be asked", () => {
  it.each([
    ["alert", ["pending", "firing", "recovering", "resolved"], ["error", "recovering", "resolved"]],
    ["keep", [], []],
  ] as const)("with onError %s", async (onError, history, told) => {
    const tenant = `acme-error-${onError}`;
    await minutes(tenant, BASE, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const filters: AlertRuleInput["filters"] = [{ dimension: "tenant", in: [tenant] }];
    const ruleId = await saved(BASE, errorRule({ name: `Error ${onError}`, filters, onError }));
    const asks = (metric: string) =>
      db.pool.query(
        "update alert_rule set definition = jsonb_set(definition::jsonb, '{metric}', to_jsonb($2::text))::json where id = $1",
        [ruleId, metric],
      );
    await live(ruleId, BASE, BASE + 2 * MINUTE);
    // An upgrade may take a metric away that a rule still names.
    await asks("gone_rate");
    await live(ruleId, BASE + 3 * MINUTE, BASE + 5 * MINUTE);
    expect((await listRules(ctx(BASE, admin))).rules.find(({ id }) => id === ruleId)?.error).toMatch(/gone_rate/);
    await asks("error_rate");
    await live(ruleId, BASE + 6 * MINUTE, BASE + 9 * MINUTE);
    const { incidents } = await listIncidents(ctx(BASE), { rule: ruleId });
    const kinds = await Promise.all(
      incidents.map(async ({ id }) => (await getIncident(ctx(BASE), id)).history.map(({ kind }) => kind)),
    );
    expect(kinds.flat()).toEqual(history);
    const notices = await Promise.all(incidents.map(({ id }) => notifications(id)));
    expect(notices.flat().map(({ kind }) => kind)).toEqual(told);
  });
});

describe("bad rules", () => {
  it.each([
    ["an unknown metric, with the nearest name", { metric: "cost_usdd" }, /no metric "cost_usdd"\. Did you mean "cost_usd"/],
    [
      "a value that does not occur, with the nearest one",
      { filters: [{ dimension: "tenant" as const, in: ["acme-flw"] }] },
      /tenant "acme-flw"\. Did you mean "acme-flow"/,
    ],
    [
      "filters that match nothing together",
      {
        filters: [
          { dimension: "tenant" as const, in: ["acme-flow"] },
          { dimension: "endpoint" as const, in: ["other.endpoint"] },
        ],
      },
      /endpoint "other.endpoint"|together/,
    ],
    ["a ratio of a ratio", { per: "requests" }, /a ratio already/],
    ["a GPU number by tenant", { metric: "gpu_idle_cost_usd" }, /GPU numbers cannot be split by tenant/],
    ["a budget that a share would burn", { condition: { type: "burn_rate" as const, budget: "100" } }, /does not/],
    ["what only raw events know", { groupBy: ["errorClass" as const] }, /only known of single events/],
  ])("are refused: %s", async (_, more, message) => {
    await expect(createRule(ctx(Date.now(), admin), errorRule(more))).rejects.toThrow(message);
  });
  it("are for admins of the whole workspace", async () => {
    await expect(createRule(ctx(BASE, lead("acme-flow")), errorRule())).rejects.toThrow("role admin");
  });
  it("shows a limited lead the rules that can be about their tenants", async () => {
    const names = (await listRules(ctx(BASE, lead("acme-flow")))).rules.map(({ name }) => name);
    expect(names).toEqual(["Errors"]);
  });
});

describe("backtest and live evaluation", () => {
  it("of the same data agree transition for transition, whatever the data and the rule", async () => {
    const random = seededRandom(5);
    const length = 150;
    const start = BASE + 6 * 60 * MINUTE;
    for (const tenant of ["bt-one", "bt-two", "bt-three"]) {
      let level = 1;
      const failures = Array.from({ length }, () => {
        if (random() < 0.15) level = Math.floor(random() * 10);
        return random() < 0.1 ? null : level;
      });
      await minutes(tenant, start, failures);
    }
    const filters: AlertRuleInput["filters"] = [{ dimension: "tenant", in: ["bt-one", "bt-two", "bt-three"] }];
    const rules: AlertRuleInput[] = [
      errorRule({ name: "bt threshold", filters }),
      errorRule({ name: "bt window", filters, windowSec: 300, forSec: 0, keepFiringSec: 0, onNoData: "alert" }),
      errorRule({
        name: "bt change",
        filters,
        windowSec: 600,
        condition: { type: "change", direction: "up", against: "previous", percent: "40" },
      }),
      errorRule({ name: "bt whole", filters, groupBy: [], onNoData: "keep", minVolume: "15" }),
      errorRule({
        name: "bt p95",
        filters,
        groupBy: [],
        metric: "latency_p95",
        windowSec: 240,
        condition: { type: "threshold", direction: "above", value: "900" },
      }),
      errorRule({
        name: "bt ratio",
        filters,
        metric: "errors",
        per: "attempts",
        condition: { type: "threshold", direction: "below", value: "0.2" },
      }),
      errorRule({ name: "bt silence", filters, windowSec: 120, condition: { type: "no_data" } }),
      errorRule({
        name: "bt burn",
        filters,
        metric: "requests",
        groupBy: [],
        condition: { type: "burn_rate", budget: "200000", periodDays: 30 },
      }),
    ];
    const end = start + (length + 20) * MINUTE;
    let fired = 0;
    for (const input of rules) {
      const ruleId = await saved(start - MINUTE, input);
      await live(ruleId, start - MINUTE, end);
      const rule = ruleSchema.parse(input);
      const tested = testedTransitions(rule, await readBacktest(ctx(end), { rule, days: 1 }));
      const lived = await livedTransitions(db, ruleId);
      expect([input.name, ...lived]).toEqual([input.name, ...tested]);
      fired += tested.filter((one) => one.includes(" firing ")).length;
    }
    expect(fired).toBeGreaterThan(30);
  }, 300_000);
});
