import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withTransaction } from "@/lib/db";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { enqueueNotification, type Notification } from "./index";

const notification: Notification = {
  dedupeKey: "alert:cost:1:triggered",
  source: "alert",
  kind: "alert.triggered",
  severity: "critical",
  title: "Cost per successful request is above $0.02",
  body: "It was $0.031 in the last hour.",
  path: "/alerts?incident=1",
  labels: { rule: "cost", tenant: "acme" },
  tenants: ["acme"],
  groupKey: "cost",
  incidentKey: "cost:1",
  incidentState: "triggered",
  facts: [{ label: "Now", value: "$0.031" }],
  at: new Date("2026-11-29T07:00:00Z"),
};

describe("the outbox", () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.close());

  it("takes a transition once, from a Prisma and from a pg transaction", async () => {
    expect(await db.prisma.$transaction((tx) => enqueueNotification(tx, notification))).toBe(true);
    expect(await db.prisma.$transaction((tx) => enqueueNotification(tx, notification))).toBe(false);
    expect(await withTransaction(db.pool, (client) => enqueueNotification(client, notification))).toBe(false);
    expect(await withTransaction(db.pool, (client) => enqueueNotification(client, { ...notification, dedupeKey: "of-pg" }))).toBe(
      true,
    );
    const rows = await db.prisma.notification.findMany({ orderBy: { id: "asc" } });
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      labels: notification.labels,
      facts: notification.facts,
      tenants: ["acme"],
      at: notification.at,
    });
    expect({ ...rows[1], id: 0, dedupeKey: "", createdAt: 0 }).toEqual({ ...rows[0], id: 0, dedupeKey: "", createdAt: 0 });
  });

  it("keeps nothing of a transaction that rolls back", async () => {
    const rolledBack = db.prisma.$transaction(async (tx) => {
      await enqueueNotification(tx, { ...notification, dedupeKey: "gone" });
      throw new Error("the incident was not stored");
    });
    await expect(rolledBack).rejects.toThrow(/not stored/);
    expect(await db.prisma.notification.count({ where: { dedupeKey: "gone" } })).toBe(0);
  });

  it.each([
    ["a state without an incident", { incidentKey: undefined }, /A state belongs to an incident/],
    ["nobody whom it concerns", { tenants: [] }, /Say whom it concerns/],
    ["an address outside of the console", { path: "//evil.example/" }, /must be a path/],
  ])("refuses %s", async (_, wrong, message) => {
    await expect(db.prisma.$transaction((tx) => enqueueNotification(tx, { ...notification, ...wrong }))).rejects.toThrow(message);
  });
});
