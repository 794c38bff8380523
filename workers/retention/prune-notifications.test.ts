import { afterAll, beforeAll, expect, it } from "vitest";
import { enqueueNotification, type Notification } from "@/lib/notifications";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { prune } from "./prune";

const DAY_MS = 86_400_000;
const now = Date.parse("2026-11-29T12:00:00Z");
const old = new Date(now - 401 * DAY_MS);
const young = new Date(now - 399 * DAY_MS);

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

interface Told extends Partial<Notification> {
  createdAt: Date;
  item?: "waiting" | "open" | "done" | "dropped";
  delivery?: "queued" | "delivered";
  routed?: boolean;
}

/** In the outbox, on a route, and delivered once by a channel. */
async function tell(key: string, { createdAt, item = "done", delivery = "delivered", routed = true, ...more }: Told) {
  const notification: Notification = {
    dedupeKey: key,
    source: "alert",
    kind: "firing",
    severity: "warning",
    title: key,
    body: "",
    path: "/alerts",
    labels: {},
    tenants: ["*"],
    groupKey: key,
    facts: [],
    at: createdAt,
    ...more,
  };
  await db.prisma.$transaction((tx) => enqueueNotification(tx, notification));
  const { id } = await db.prisma.notification.update({
    where: { dedupeKey: key },
    data: { createdAt, routedAt: routed ? createdAt : null },
  });
  if (!routed) return;
  await db.prisma.notificationItem.create({
    data: { notificationId: id, routeId: "root", groupKey: key, status: item, since: createdAt },
  });
  await db.prisma.notificationDelivery.create({
    data: {
      ...deliveryOf(key, createdAt, delivery),
      items: { create: { notificationId: id, channelId: CHANNEL, cause: "route" } },
      tries: { create: { number: 1, startedAt: createdAt } },
    },
  });
}

const CHANNEL = "00000000-0000-4000-8000-00000000000c";
const deliveryOf = (title: string, createdAt: Date, status: string) => ({
  channelName: "Hook",
  channelKind: "webhook",
  cause: "route",
  lane: title,
  messageId: `msg_${title}`,
  title,
  severity: "warning",
  status,
  createdAt,
});

it("forgets after 400 days what was told, and nothing that is still to be told or belongs to an open incident", async () => {
  const incident = (incidentKey: string, incidentState: Notification["incidentState"]) => ({ incidentKey, incidentState });
  await tell("event, old", { createdAt: old });
  await tell("event, young", { createdAt: young });
  await tell("event, not routed", { createdAt: old, routed: false });
  await tell("event, waits on its route", { createdAt: old, item: "waiting" });
  await tell("event, not delivered", { createdAt: old, delivery: "queued" });
  await tell("ended: firing", { createdAt: old, ...incident("ended", "triggered") });
  await tell("ended: resolved", { createdAt: young, ...incident("ended", "resolved") });
  await tell("open: firing", { createdAt: old, ...incident("open", "triggered") });
  await tell("open: acknowledged", { createdAt: old, ...incident("open", "acknowledged") });
  await db.prisma.notificationDelivery.create({ data: deliveryOf("test, old", old, "delivered") });
  await db.prisma.notificationDelivery.create({ data: deliveryOf("test, young", young, "delivered") });
  const silence = { matchers: [], comment: "x", startsAt: old, createdById: "a", createdByName: "Ada", createdAt: old };
  await db.prisma.notificationSilence.create({ data: { ...silence, endsAt: old } });
  await db.prisma.notificationSilence.create({ data: { ...silence, endsAt: young } });

  const gone = await prune(db.pool, { now, rawRetentionDays: 30 });
  expect(gone).toMatchObject({ notification: 2, notification_delivery: 3, notification_silence: 1 });
  const kept = [
    "event, not delivered",
    "event, not routed",
    "event, waits on its route",
    "event, young",
    "ended: resolved",
    "open: acknowledged",
    "open: firing",
  ];
  expect((await db.prisma.notification.findMany()).map(({ title }) => title).toSorted()).toEqual(kept.toSorted());
  expect((await db.prisma.notificationDelivery.findMany()).map(({ title }) => title).toSorted()).toEqual(
    [...kept.filter((title) => title !== "event, not routed"), "test, young"].toSorted(),
  );
  // What belonged to them went with them.
  expect(await db.prisma.notificationAttempt.count()).toBe(6);
  expect(await db.prisma.notificationItem.count()).toBe(6);

  expect(await prune(db.pool, { now, rawRetentionDays: 30 })).toMatchObject({ notification: 0, notification_delivery: 0 });
});
