/**
 * Evaluator and notifier as real programs, killed with -9 at every step of theirs and then anywhere, against a real web
 * server and a real mail server that write down what they got. What should have been told comes from the backtest of the same
 * data, which nobody killed.
 *
 * Exactly once is every transition in the outbox, and every message by its id (`webhook-id`, `Message-ID`). Who dies between
 * a receiver's taking a message and writing that down cannot know that it was taken: the message comes again under the same
 * id (at least once), and the delivery log has an attempt of unknown outcome for every such repeat.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRule, readBacktest } from "@/lib/alerts";
import { runBacktest } from "@/lib/alerts/backtest/run-backtest";
import { ruleSchema, type AlertRuleInput } from "@/lib/alerts/rules/schemas";
import { config } from "@/lib/config";
import { createChannel } from "@/lib/notifications/channels/change-channels";
import { currentRouting, saveRouting } from "@/lib/notifications/routing/read-routing";
import type { TestDatabase } from "@/lib/testing/database";
import { headerOf, httpReceiver, mailReceiver, type HttpReceiver, type MailReceiver } from "@/lib/testing/receivers";
import { ctxOf, pricedDatabase, store } from "../repricing/testing";
import { connectionsGone, killAt, wordsOf, type KillPoint } from "../testing/kill-points";
import { killWorkers, startWorker } from "../testing/worker-process";

const MINUTE = 60_000;
const MINUTES = 10 * 60;
const RULES = 2;
/** Programs start slowly on a machine that has much else to do; nothing is measured here. */
const [SLOW, PATIENT] = [150_000, 480_000];
const SECRET = "a-secret-of-the-tests-with-32-characters";

const EVALUATOR: readonly KillPoint[] = [
  { before: "write", table: "alert_rule" },
  { before: "read", table: "telemetry.rollup_minute" },
  { before: "write", table: "alert_transition" },
  { before: "write", table: "notification" },
  { before: "committed", table: "alert_instance" },
];

const NOTIFIER: readonly KillPoint[] = [
  { before: "write", table: "notification_item" },
  { before: "write", table: "notification_delivery_item" },
  { before: "committed", table: "notification_delivery_item" },
  { before: "committed", table: "notification_attempt" },
  { before: "write", table: "notification_channel" },
  { before: "committed", table: "notification_channel" },
];

let db: TestDatabase;
let hook: HttpReceiver;
let mail: MailReceiver;
/** While it is not null a receiver has what it was sent and does not answer. */
let deaf: Promise<void> | null = null;
const listen = () => deaf ?? Promise.resolve();
const rule: AlertRuleInput = {
  name: "Errors",
  metric: "error_rate",
  groupBy: ["tenant"],
  condition: { type: "threshold", direction: "above", value: "0.5" },
  windowSec: 60,
  everySec: 60,
  delaySec: 0,
  forSec: 60,
  keepFiringSec: 120,
};
const now = Math.floor(Date.now() / MINUTE) * MINUTE;
const start = now - MINUTES * MINUTE;

beforeAll(async () => {
  process.env["HEADROOM_SECRET"] = SECRET;
  [db, hook, mail] = await Promise.all([
    pricedDatabase(),
    httpReceiver(() => listen().then(() => ({ status: 200, body: "ok" }))),
    mailReceiver(0, listen),
  ]);
  config().HEADROOM_OUTBOUND_HOSTS.splice(0, 9, hook.host, mail.host);
  // Three bad minutes, seventeen good ones, over and over: an incident every twenty minutes, none open at the end.
  await store(
    db,
    Date.now(),
    Array.from({ length: MINUTES }, (_, minute) => ({
      occurredAt: new Date(start + minute * MINUTE + 1_000).toISOString(),
      tenant: "acme",
      attempt: 1,
      final: true,
      shadow: false,
      status: minute % 20 < 3 ? ("error" as const) : ("success" as const),
    })),
  );
  for (let index = 0; index < RULES; index++) await createRule(ctxOf(db), { ...rule, name: `Errors ${index}` });
  // As if the evaluator had been away since the beginning.
  await db.pool.query("update alert_rule set evaluated_to = $1, next_at = $1", [new Date(start)]);
  await createChannel(ctxOf(db), { name: "Hook", kind: "webhook", config: { url: hook.url }, receivesAll: true });
  const smtp = { host: "127.0.0.1", port: mail.port, security: "none", from: "headroom@acme.example", to: ["ops@acme.example"] };
  await createChannel(ctxOf(db), { name: "Mail", kind: "smtp", config: smtp, receivesAll: true });
  const { version, document } = await currentRouting(db.prisma);
  const root = { ...document.root, groupWaitSec: 0, groupIntervalSec: 0 };
  await saveRouting(ctxOf(db), { baseVersion: version, document: { ...document, root } });
});
afterAll(async () => {
  await killWorkers();
  await Promise.all([hook.close(), mail.close()]);
  await db.close();
});

const evaluator = () => startWorker("alerts", db.url);
const notifier = () =>
  startWorker("notifications", db.url, {
    HEADROOM_SECRET: SECRET,
    HEADROOM_OUTBOUND_HOSTS: [hook.host, mail.host].join(","),
  });
/** A lease of a killed one holds for up to a minute; the test does not wait for it. */
async function endLeases(): Promise<void> {
  await connectionsGone(db);
  await db.pool.query("update alert_rule set lease_until = null");
  await db.pool.query("update notification_delivery set lease_until = now() where status = 'sending'");
}
const count = async (sql: string): Promise<number> =>
  (await db.pool.query<{ n: number }>(`select (${sql})::int as n`)).rows[0]!.n;
const evaluated = () => count("select sum(extract(epoch from evaluated_to)) / 60 from alert_rule");
const behind = () => count(`select count(*) from alert_rule where evaluated_to < '${new Date(now).toISOString()}'`);
const untold = () =>
  count(
    `(select count(*) from notification where routed_at is null)
     + (select count(*) from notification_item where status = 'waiting')
     + (select count(*) from notification_delivery where status in ('queued', 'sending'))`,
  );
const received = () => hook.received.length + mail.mails.length;
const idsOf = () => [
  ...hook.received.map(({ headers }) => String(headers["webhook-id"])),
  ...mail.mails.map((one) => headerOf(one, "Message-ID")!.replace(/^<|@.*$/g, "")),
];

it.each(EVALUATOR.map((point) => [wordsOf(point), point] as const))(
  "the evaluator dies %s",
  async (_, point) => {
    const before = await evaluated();
    await killAt(db, point, evaluator);
    await endLeases();
    // All or nothing: two hours of a rule, or none of it, and never an incident without its notification.
    const done = (await evaluated()) - before;
    expect(point.before === "committed" ? [120, 240] : [0]).toContain(done);
    expect(await count("select count(*) from notification where source = 'alert'")).toBe(
      await count("select count(*) from alert_transition where kind <> 'pending'"),
    );
  },
  PATIENT,
);

it.each(NOTIFIER.map((point) => [wordsOf(point), point] as const))(
  "the notifier dies %s",
  async (_, point) => {
    await killAt(db, point, notifier);
    await endLeases();
  },
  PATIENT,
);

it(
  "the notifier dies when receivers have the message and have not said so: it comes again, under the same id",
  async () => {
    let hear = () => {};
    deaf = new Promise((resolve) => (hear = resolve));
    const before = new Set(idsOf());
    const fresh = () => new Set(idsOf().filter((id) => !before.has(id)));
    const worker = notifier();
    const [hooks, mails] = [hook.received.length, mail.mails.length];
    await expect
      .poll(() => hook.received.length > hooks && mail.mails.length > mails, { interval: 10, timeout: SLOW })
      .toBe(true);
    await worker.kill();
    hear();
    deaf = null;
    await endLeases();
    const unsure = [...fresh()];
    const again = notifier();
    const times = (id: string) => idsOf().filter((one) => one === id).length;
    await expect.poll(() => unsure.map(times), { interval: 20, timeout: SLOW }).toEqual(unsure.map(() => 2));
    await again.kill();
    await endLeases();
  },
  PATIENT,
);

it(
  "both die anywhere, again and again, and run on: every transition had exactly one effect at each receiver",
  async () => {
    for (let round = 0; round < 2; round++) {
      const [one, other] = [evaluator(), notifier()];
      const [minutes, messages] = [await evaluated(), received()];
      const some = async () => (await evaluated()) > minutes || (await behind()) === 0;
      await expect.poll(some, { interval: 1, timeout: SLOW }).toBe(true);
      await one.kill();
      const heard = async () => received() > messages + 3 || (await untold()) === 0;
      await expect.poll(heard, { interval: 1, timeout: SLOW }).toBe(true);
      await other.kill();
      await endLeases();
    }
    const last = [evaluator(), notifier()];
    await expect.poll(behind, { interval: 100, timeout: SLOW }).toBe(0);
    await expect.poll(untold, { interval: 100, timeout: SLOW }).toBe(0);
    await Promise.all(last.map((worker) => worker.stop()));

    const parsed = ruleSchema.parse(rule);
    const tested = runBacktest(parsed, await readBacktest(ctxOf(db, "ada", new Date(now)), { rule: parsed, days: 1 }));
    const incidents = tested.incidents.filter(({ openedAt }) => openedAt > start);
    expect(incidents).toHaveLength(MINUTES / 20);
    const due = Array.from({ length: RULES }, (_, index) =>
      incidents.flatMap(({ openedAt }) =>
        ["firing", "recovering", "resolved"].map((kind) => `Errors ${index} ${new Date(openedAt).toISOString()} ${kind}`),
      ),
    )
      .flat()
      .toSorted();

    // The web server: one id for each transition, whatever came twice.
    const opened = new Map(
      (
        await db.pool.query<{ id: string; name: string; at: Date }>(
          "select id, rule_name as name, opened_at as at from alert_incident",
        )
      ).rows.map(({ id, name, at }) => [id, `${name} ${at.toISOString()}`]),
    );
    const calls = new Map(
      hook.received.map(({ headers, body }) => [
        headers["webhook-id"],
        JSON.parse(body) as { type: string; data: { url: string } },
      ]),
    );
    const heard = [...calls.values()].map(({ type, data }) => `${opened.get(data.url.split("/").at(-1)!)} ${type}`);
    expect(heard.toSorted()).toEqual(due);

    // The mail server: people read one mail about a group; each transition is in exactly one of them.
    const { rows: inMail } = await db.pool.query<{ id: string; told: string }>(
      `select d.message_id as id, concat_ws(' ', a.rule_name, to_char(a.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), n.kind) as told
     from notification_delivery d join notification_delivery_item i on i.delivery_id = d.id join notification n on n.id = i.notification_id
     join alert_incident a on a.id::text = split_part(n.dedupe_key, ':', 2) where d.channel_kind = 'smtp'`,
    );
    expect(inMail.map(({ told }) => told).toSorted()).toEqual(due);
    const mails = new Set(mail.mails.map((one) => headerOf(one, "Message-ID")!.replace(/^<|@.*$/g, "")));
    expect([...mails].toSorted()).toEqual([...new Set(inMail.map(({ id }) => id))].toSorted());

    // What came more than once under its id is known as such.
    const { rows: unknown } = await db.pool.query<{ id: string; n: number }>(
      `select d.message_id as id, count(*) filter (where a.outcome = 'unknown')::int as n
     from notification_delivery d join notification_attempt a on a.delivery_id = d.id group by 1`,
    );
    const unsure = new Map(unknown.map(({ id, n }) => [id, n]));
    const ids = idsOf();
    expect([...new Set(ids)].filter((id) => ids.filter((one) => one === id).length > 1 + (unsure.get(id) ?? 0))).toEqual([]);
  },
  PATIENT,
);
