import { randomBytes } from "node:crypto";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { parseConfig } from "@/lib/config";
import { createLogger } from "@/lib/log";
import { enqueueNotification, type Notification } from "@/lib/notifications";
import { createChannel, deleteChannel, rotateWebhookSecret } from "@/lib/notifications/channels/change-channels";
import { resealChannels } from "@/lib/notifications/channels/reseal-channels";
import { listChannels } from "@/lib/notifications/channels/list-channels";
import { claimDelivery } from "@/lib/notifications/delivery/claim-delivery";
import { finishAttempt } from "@/lib/notifications/delivery/finish-attempt";
import { replayDelivery, testChannel } from "@/lib/notifications/delivery/order-delivery";
import { listDeliveries, readDelivery } from "@/lib/notifications/delivery/read-deliveries";
import { readTold } from "@/lib/notifications/delivery/read-told";
import { markRead, readInbox } from "@/lib/notifications/inbox/read-inbox";
import { signWebhook } from "@/lib/notifications/render/webhook";
import { currentRouting, saveRouting } from "@/lib/notifications/routing/read-routing";
import { planNow } from "@/lib/notifications/routing/plan-now";
import { createSilence } from "@/lib/notifications/routing/silences";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startNotificationsRole } from "./role";
import { headerOf, httpReceiver, mailReceiver, type HttpReceiver, type MailReceiver } from "@/lib/testing/receivers";

const log = createLogger("test");
// The outbound guard and the secrets read the settings of the process.
const env = { HEADROOM_SECRET: "a-secret-of-the-tests-with-32-characters", HEADROOM_URL: "https://headroom.example" };
Object.assign(process.env, env, { HEADROOM_OUTBOUND_HOSTS: "127.0.0.1:80" });
const { config } = await import("@/lib/config");

let db: TestDatabase;
let hook: HttpReceiver;
let other: HttpReceiver;
let mail: MailReceiver;
let failWith: { status: number; headers?: Record<string, string> } | null = null;
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });

beforeEach(async () => {
  failWith = null;
  [db, hook, other, mail] = await Promise.all([
    testDatabase(),
    httpReceiver(() => failWith ?? { status: 200, body: "ok" }),
    httpReceiver(),
    mailReceiver(),
  ]);
  config().HEADROOM_OUTBOUND_HOSTS.splice(0, 9, hook.host, other.host, mail.host);
});
afterEach(async () => {
  await Promise.all([hook.close(), other.close(), mail.close()]);
  await db.close();
});

const notification = (n: number, more: Partial<Notification> = {}): Notification => ({
  dedupeKey: `n${n}`,
  source: "alert",
  kind: "alert.triggered",
  severity: "critical",
  title: `Number ${n}`,
  body: "",
  path: "/alerts",
  labels: {},
  tenants: ["acme"],
  groupKey: `g${n}`,
  facts: [],
  at: new Date(),
  ...more,
});
const enqueue = (one: Notification) => db.prisma.$transaction((tx) => enqueueNotification(tx, one));

async function channels(): Promise<{ webhook: string; smtp: string; secret: string }> {
  const made = await createChannel(ctx(), {
    name: "Hook",
    kind: "webhook",
    config: { url: `${hook.url}/in` },
    receivesAll: true,
  });
  const smtp = await createChannel(ctx(), {
    name: "Mail",
    kind: "smtp",
    config: { host: "127.0.0.1", port: mail.port, security: "none", from: "headroom@acme.example", to: ["ops@acme.example"] },
    receivesAll: true,
  });
  const { version, document } = await currentRouting(db.prisma);
  await saveRouting(ctx(), {
    baseVersion: version,
    document: { ...document, root: { ...document.root, groupWaitSec: 0, groupIntervalSec: 0 } },
  });
  return { webhook: made.id, smtp: smtp.id, secret: made.secret! };
}

async function running<T>(work: () => Promise<T>): Promise<T> {
  const settings = parseConfig({ ...env, DATABASE_URL: db.url });
  const role = startNotificationsRole(
    { config: settings, db, queues: undefined as never, log, metrics: new Registry() },
    { sweepMs: 20 },
  );
  try {
    return await work();
  } finally {
    await role.close();
  }
}
const statusOf = async (id: string) => (await readDelivery(ctx(), id)).status;
const until = { interval: 20, timeout: 20_000 };

describe("a notification", () => {
  it("reaches a webhook, signed, and a mailbox, each once", async () => {
    const { secret } = await channels();
    await enqueue(notification(1, { incidentKey: "i1", incidentState: "triggered" }));
    await running(() => expect.poll(() => [hook.received.length, mail.mails.length], until).toEqual([1, 1]));
    const { headers, body } = hook.received[0]!;
    const at = new Date(Number(headers["webhook-timestamp"]) * 1_000);
    expect(headers).toMatchObject(signWebhook([secret], { id: headers["webhook-id"] as string, at, body }));
    expect(JSON.parse(body)).toMatchObject({ type: "alert.triggered", data: { title: "Number 1", incident: { key: "i1" } } });
    expect(headerOf(mail.mails[0]!, "Subject")).toBe("[Critical, triggered] Number 1");
    expect(headerOf(mail.mails[0]!, "Message-ID")).toMatch(/^<msg_[0-9a-f-]{36}@headroom\.example>$/);
    const { deliveries } = await listDeliveries(ctx(), {});
    expect(deliveries.map(({ status, attempts }) => [status, attempts])).toEqual([
      ["delivered", 1],
      ["delivered", 1],
    ]);
  });

  it("is found by the page it is about: who was told, and who is not told yet and why", async () => {
    await channels();
    const matchers = [{ label: "tenant", op: "is" as const, values: ["acme"] }];
    await createSilence(ctx(), { matchers, comment: "migration", endsAt: "2100-01-01T00:00:00Z" });
    await enqueue(notification(1, { path: "/alerts/1", tenants: ["orbit"] }));
    await enqueue(notification(2, { path: "/alerts/2", incidentKey: "i2", incidentState: "triggered" }));
    await running(() => expect.poll(() => [hook.received.length, mail.mails.length], until).toEqual([1, 1]));
    const [told] = await readTold(db, "/alerts/1");
    expect(told!.deliveries.map(({ channel, cause, status }) => [channel, cause, status]).toSorted()).toEqual([
      ["Hook", "route", "delivered"],
      ["Mail", "route", "delivered"],
    ]);
    const quiet = await readTold(db, "/alerts/2");
    expect(quiet.map(({ deliveries, held }) => [deliveries, held])).toEqual([
      [[], [{ waiting: true, reason: `Silenced by ${SYSTEM_ACTOR.name}: migration` }]],
    ]);
    const about = async (path: string) => (await listDeliveries(ctx(), { about: path })).deliveries.length;
    expect([await about("/alerts/1"), await about("/alerts/2"), await about("/alerts")]).toEqual([2, 0, 0]);
  });

  it("of ten planners at once is planned once", async () => {
    await channels();
    for (let n = 0; n < 20; n++) await enqueue(notification(n));
    await Promise.all(Array.from({ length: 10 }, () => planNow(db, new Date())));
    expect(await db.prisma.notificationDelivery.count()).toBe(40);
  });

  it("that is silenced reaches no channel, and is in the inbox of those who may see it", async () => {
    await channels();
    const matchers = [{ label: "tenant", op: "is" as const, values: ["acme"] }];
    await createSilence(ctx(), { matchers, comment: "migration", endsAt: "2100-01-01T00:00:00Z" });
    await enqueue(notification(1));
    await enqueue(notification(2, { tenants: ["orbit"] }));
    await running(() => expect.poll(() => hook.received.length, until).toBe(1));
    expect(hook.received[0]!.body).toContain("Number 2");
    const reader = (tenants: "all" | string[]): Ctx => ({
      ...ctx(),
      actor: { kind: "user", id: "00000000-0000-4000-8000-00000000000a", name: "Ada", role: "viewer", tenants },
    });
    const seen = async (tenants: "all" | string[]) => {
      const { entries, unread } = await readInbox(reader(tenants), {});
      return [entries.map(({ title, quiet }) => [title, quiet]), unread];
    };
    expect(await seen("all")).toEqual([
      [
        ["Number 2", false],
        ["Number 1", true],
      ],
      1,
    ]);
    expect(await seen(["acme"])).toEqual([[["Number 1", true]], 0]);
    const { entries } = await readInbox(reader("all"), {});
    await markRead(reader("all"), { upTo: entries[0]!.id });
    expect((await readInbox(reader("all"), {})).unread).toBe(0);
  });
});

describe("a channel that fails", () => {
  it("is tried again as it asks, under the same id", async () => {
    await channels();
    failWith = { status: 429, headers: { "retry-after": "120" } };
    await enqueue(notification(1));
    await running(() => expect.poll(() => hook.received.length, until).toBe(1));
    const [waiting] = (await listDeliveries(ctx(), { status: "queued" })).deliveries;
    const inSec = (Date.parse(waiting!.nextAttemptAt!) - Date.now()) / 1_000;
    expect(inSec).toBeGreaterThan(100);
    expect(inSec).toBeLessThan(121);
    failWith = null;
    await db.pool.query("update notification_delivery set next_attempt_at = now() where status = 'queued'");
    await running(() => expect.poll(() => statusOf(waiting!.id), until).toBe("delivered"));
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect((await readDelivery(ctx(), waiting!.id)).tries.map(({ outcome, statusCode }) => [outcome, statusCode])).toEqual([
      ["retry", 429],
      ["delivered", 200],
    ]);
  });

  it("shows as failing, its fallback says it instead and tells of the failing; then it works again", async () => {
    const { webhook } = await channels();
    const fallback = await createChannel(ctx(), { name: "Spare", kind: "webhook", config: { url: other.url } });
    await db.prisma.notificationChannel.update({ where: { id: webhook }, data: { fallbackId: fallback.id } });
    failWith = { status: 404 };
    await enqueue(notification(1));
    await running(() => expect.poll(() => other.received.length, until).toBe(2));
    const said = other.received.map(
      ({ body }) => JSON.parse(body) as { type: string; data: { title: string; note: string | null } },
    );
    expect(said.map(({ type, data }) => [type, data.note]).toSorted()).toEqual([
      ["alert.triggered", "Sent here because Hook could not be reached."],
      ["channel.failing", null],
    ]);
    const health = async () => (await listChannels(ctx())).channels.find(({ id }) => id === webhook)!.health;
    expect(await health()).toBe("failing");
    failWith = null;
    const { deliveryId } = await testChannel(ctx(), webhook);
    await running(() => expect.poll(() => other.received.length, until).toBe(3));
    expect(await statusOf(deliveryId)).toBe("delivered");
    expect(await health()).toBe("working");
    expect(other.received[2]!.body).toContain("works again");
  });
});

describe("people", () => {
  it("replay a delivery: a machine gets the id it knows, a mailbox a new one", async () => {
    await channels();
    await enqueue(notification(1));
    await running(() => expect.poll(() => [hook.received.length, mail.mails.length], until).toEqual([1, 1]));
    for (const { id } of (await listDeliveries(ctx(), {})).deliveries) await replayDelivery(ctx(), id);
    await running(() => expect.poll(() => [hook.received.length, mail.mails.length], until).toEqual([2, 2]));
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(mail.mails.map((one) => headerOf(one, "Message-ID"))).size).toBe(2);
  });

  it("never get a secret back, nor does the audit log", async () => {
    const { webhook, secret } = await channels();
    await createChannel(ctx(), {
      name: "Chat",
      kind: "slack",
      config: {},
      secrets: { url: "https://hooks.slack.example/T0/secret-path" },
    });
    const rotated = await rotateWebhookSecret(ctx(), webhook);
    const everything = JSON.stringify([
      await listChannels(ctx()),
      await db.prisma.notificationChannel.findMany(),
      (await db.prisma.auditEvent.findMany()).map(({ data }) => data),
    ]);
    for (const hidden of [secret, rotated.secret, "secret-path"]) expect(everything).not.toContain(hidden);
    await enqueue(notification(1, { labels: { only: "hook" } }));
    await running(() => expect.poll(() => hook.received.length, until).toBe(1));
    expect((hook.received[0]!.headers["webhook-signature"] as string).split(" ")).toHaveLength(2);
  });

  it("change the key: secrets are sealed anew, and open without the one before", async () => {
    const { webhook } = await channels();
    const before = config().HEADROOM_SECRET;
    try {
      config().HEADROOM_ENCRYPTION_KEY = randomBytes(32).toString("base64");
      expect([await resealChannels(ctx()), await resealChannels(ctx())]).toEqual([
        { resealed: 1, unchanged: 1, failed: [] },
        { resealed: 0, unchanged: 2, failed: [] },
      ]);
      config().HEADROOM_SECRET = undefined;
      const { deliveryId } = await testChannel(ctx(), webhook);
      await running(() => expect.poll(() => statusOf(deliveryId), until).toBe("delivered"));
    } finally {
      Object.assign(config(), { HEADROOM_SECRET: before, HEADROOM_ENCRYPTION_KEY: undefined });
    }
  });

  it("cannot point a channel at an inner network, and one whose listing was taken away is refused when it sends", async () => {
    const inner = { name: "Inner", kind: "webhook" as const, config: { url: "http://10.0.0.1/" } };
    await expect(createChannel(ctx(), inner)).rejects.toThrow(/HEADROOM_OUTBOUND_HOSTS/);
    const { webhook } = await channels();
    config().HEADROOM_OUTBOUND_HOSTS.splice(0, 1);
    const { deliveryId } = await testChannel(ctx(), webhook);
    await running(() => expect.poll(() => statusOf(deliveryId), until).toBe("failed"));
    expect([hook.received.length, (await readDelivery(ctx(), deliveryId)).answer]).toEqual([
      0,
      expect.stringMatching(/private network/),
    ]);
  });

  it("take a channel away: its log stays, routes do without it", async () => {
    const { webhook } = await channels();
    await enqueue(notification(1));
    await planNow(db, new Date());
    await deleteChannel(ctx(), webhook);
    expect((await listDeliveries(ctx(), {})).deliveries.map(({ channel, status }) => [channel, status])).toEqual([
      ["Mail", "queued"],
      ["Hook", "cancelled"],
    ]);
    expect((await currentRouting(db.prisma)).document.root.channels).toHaveLength(1);
  });
});

it("a worker whose lease ran out writes nothing, and its attempt counts as unknown", async () => {
  const { webhook } = await channels();
  await testChannel(ctx(), webhook);
  const slow = (await claimDelivery(db, new Date(), 0))!;
  const next = (await claimDelivery(db, new Date(Date.now() + 1), 60_000))!;
  expect([next.id, next.messageId, next.attempt]).toEqual([slow.id, slow.messageId, 2]);
  const end = { now: new Date(), random: 0, payload: "{}" };
  expect(await finishAttempt(db, slow, { kind: "refused", statusCode: 400, text: "" }, end)).toBe(false);
  expect(await finishAttempt(db, next, { kind: "delivered", statusCode: 200, text: "ok" }, end)).toBe(true);
  expect((await readDelivery(ctx(), next.id)).tries.map(({ outcome }) => outcome)).toEqual(["unknown", "delivered"]);
});
