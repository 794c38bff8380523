/** The real worker program, killed with -9 while it evaluates: every transition and every notification exactly once. */
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { createRule, readBacktest } from "@/lib/alerts";
import { runBacktest } from "@/lib/alerts/backtest/run-backtest";
import { ruleSchema, type AlertRuleInput } from "@/lib/alerts/rules/schemas";
import { ctxOf, pricedDatabase, store } from "../repricing/testing";

const MINUTE = 60_000;
const MINUTES = 20 * 60;
const RULES = 4;

function startWorker(url: string): { child: ChildProcess; gone: Promise<void> } {
  const child = spawn(process.execPath, ["--import", "tsx", "workers/main.ts", "--roles", "alerts", "--port", "0"], {
    cwd: path.join(import.meta.dirname, "../.."),
    env: { ...process.env, LOG_LEVEL: "error", NODE_ENV: "test", DATABASE_URL: url, REDIS_URL: "" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return { child, gone: new Promise<void>((resolve) => child.once("exit", () => resolve())) };
}

it("kill -9 anywhere loses no alert and doubles none", async () => {
  const db = await pricedDatabase();
  try {
    const now = Math.floor(Date.now() / MINUTE) * MINUTE;
    const start = now - MINUTES * MINUTE;
    // Three bad minutes, four good ones, over and over: an incident every seven minutes.
    const events = Array.from({ length: MINUTES }, (_, minute) => ({
      occurredAt: new Date(start + minute * MINUTE + 1_000).toISOString(),
      tenant: "acme",
      attempt: 1,
      final: true,
      shadow: false,
      status: minute % 7 < 3 ? ("error" as const) : ("success" as const),
    }));
    await store(db, Date.now(), events);
    const input: AlertRuleInput = {
      name: "Errors",
      metric: "error_rate",
      groupBy: ["tenant"],
      condition: { type: "threshold", direction: "above", value: "0.5" },
      windowSec: 60,
      everySec: 60,
      delaySec: 0,
      forSec: 60,
      keepFiringSec: 60,
    };
    for (let index = 0; index < RULES; index++) await createRule(ctxOf(db), { ...input, name: `Errors ${index}` });
    // As if the evaluator had been away since the beginning.
    await db.pool.query("update alert_rule set evaluated_to = $1, next_at = $1", [new Date(start)]);
    const progress = async () => {
      const { rows } = await db.pool.query<{ done: number }>(
        "select sum(extract(epoch from evaluated_to))::double precision as done from alert_rule",
      );
      return rows[0]!.done;
    };
    for (let kill = 0; kill < 3; kill++) {
      const before = await progress();
      const { child, gone } = startWorker(db.url);
      await expect.poll(progress, { interval: 1, timeout: 60_000 }).toBeGreaterThan(before);
      child.kill("SIGKILL");
      await gone;
    }
    // A lease of a killed one holds for half a minute; the test does not wait for it.
    await db.pool.query("update alert_rule set lease_until = null");
    const last = startWorker(db.url);
    const behind = async () => {
      const { rows } = await db.pool.query<{ n: number }>("select count(*)::int as n from alert_rule where evaluated_to < $1", [
        new Date(now),
      ]);
      return rows[0]!.n;
    };
    await expect.poll(behind, { interval: 50, timeout: 120_000 }).toBe(0);
    last.child.kill("SIGTERM");
    await last.gone;

    const series = await readBacktest(ctxOf(db, "ada", new Date(now)), { rule: ruleSchema.parse(input), days: 1 });
    const fires = runBacktest(ruleSchema.parse(input), series).incidents.filter(({ openedAt }) => openedAt > start);
    expect(fires.length).toBeGreaterThan(100);
    const { rows: incidents } = await db.pool.query<{ rule: string; opened_at: Date }>(
      "select rule_name as rule, opened_at from alert_incident where opened_at <= $1 order by rule_name, opened_at",
      [new Date(now)],
    );
    const expected = Array.from({ length: RULES }, (_, index) =>
      fires.map(({ openedAt }) => `Errors ${index} ${new Date(openedAt).toISOString()}`),
    ).flat();
    expect(incidents.map(({ rule, opened_at }) => `${rule} ${opened_at.toISOString()}`).sort()).toEqual(expected.sort());
    // Each transition that people hear of has its one notification, and there is no other.
    const { rows: told } = await db.pool.query<{ key: string }>("select dedupe_key as key from notification order by 1");
    const { rows: due } = await db.pool.query<{ key: string }>(
      `select format('alert:%s:%s', incident_id, number) as key from alert_transition where kind <> 'pending' order by 1`,
    );
    expect(told.map(({ key }) => key).sort()).toEqual(due.map(({ key }) => key).sort());
    const { rows: gaps } = await db.pool.query(
      `select incident_id from alert_transition group by incident_id having max(number) <> count(*)`,
    );
    expect(gaps).toEqual([]);
  } finally {
    await db.close();
  }
}, 300_000);
