import { expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { config } from "@/lib/config";
import { withTransaction } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { enqueueNotification } from "@/lib/notifications";
import { createChannel } from "@/lib/notifications/channels/change-channels";
import { currentRouting, saveRouting } from "@/lib/notifications/routing/read-routing";
import { testDatabase } from "@/lib/testing/database";
import { headerOf, httpReceiver, mailReceiver } from "@/lib/testing/receivers";
import { startWorker } from "../testing/worker-process";

const SECRET = "a-secret-of-the-tests-with-32-characters";
const NOTIFICATIONS = 60;
const KILLS = 3;

it("kill -9 of the worker, again and again: every notification once to whoever knows its id, and what came twice is known", async () => {
  process.env["HEADROOM_SECRET"] = SECRET;
  const [db, hook, mail] = await Promise.all([testDatabase(), httpReceiver(), mailReceiver()]);
  const env = { HEADROOM_SECRET: SECRET, HEADROOM_OUTBOUND_HOSTS: [hook.host, mail.host].join(",") };
  try {
    config().HEADROOM_OUTBOUND_HOSTS.splice(0, 9, hook.host, mail.host);
    const ctx: Ctx = { actor: SYSTEM_ACTOR, db, now: new Date(), log: createLogger("test") };
    await createChannel(ctx, { name: "Hook", kind: "webhook", config: { url: hook.url }, receivesAll: true });
    const smtp = {
      host: "127.0.0.1",
      port: mail.port,
      security: "none",
      from: "headroom@acme.example",
      to: ["ops@acme.example"],
    };
    await createChannel(ctx, { name: "Mail", kind: "smtp", config: smtp, receivesAll: true });
    const { version, document } = await currentRouting(db.prisma);
    await saveRouting(ctx, { baseVersion: version, document: { ...document, root: { ...document.root, groupWaitSec: 0 } } });
    for (let n = 0; n < NOTIFICATIONS; n++) {
      await withTransaction(db.pool, (client) =>
        enqueueNotification(client, {
          dedupeKey: `n${n}`,
          source: "alert",
          kind: "alert.triggered",
          severity: "critical",
          title: `Number ${n}.`,
          body: "",
          path: "/alerts",
          labels: {},
          tenants: ["*"],
          groupKey: `g${n}`,
          facts: [],
          at: ctx.now,
        }),
      );
    }

    const open = () => db.prisma.notificationDelivery.count({ where: { status: { in: ["queued", "sending"] } } });
    let interrupted = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = hook.received.length + mail.mails.length;
      const worker = startWorker("notifications", db.url, env);
      await expect
        .poll(() => hook.received.length + mail.mails.length, { interval: 10, timeout: 120_000 })
        .toBeGreaterThan(before + 10);
      await worker.kill();
      if ((await open()) > 0) interrupted += 1;
      // The leases of the dead run out at once here, and in a minute otherwise.
      await db.pool.query("update notification_delivery set lease_until = now() where status = 'sending'");
    }
    expect(interrupted).toBeGreaterThan(0);
    const last = startWorker("notifications", db.url, env);
    const delivered = () => db.prisma.notificationDelivery.count({ where: { status: "delivered" } });
    await expect.poll(delivered, { interval: 50, timeout: 120_000 }).toBe(2 * NOTIFICATIONS);
    await last.stop();

    const titles = Array.from({ length: NOTIFICATIONS }, (_, n) => `Number ${n}.`).toSorted();
    const effects = new Map(
      hook.received.map(({ headers, body }) => [headers["webhook-id"], JSON.parse(body) as { data: { title: string } }]),
    );
    expect([...effects.values()].map(({ data }) => data.title).toSorted()).toEqual(titles);
    const mails = new Map(mail.mails.map((one) => [headerOf(one, "Message-ID"), headerOf(one, "Subject")]));
    expect([...mails.values()].toSorted()).toEqual(titles.map((title) => `[Critical] ${title}`));
    // What came twice under one id is an attempt whose outcome was written down as unknown, and nothing else.
    const doubled = hook.received.length + mail.mails.length - effects.size - mails.size;
    expect(doubled).toBeLessThanOrEqual(await db.prisma.notificationAttempt.count({ where: { outcome: "unknown" } }));
  } finally {
    await Promise.all([hook.close(), mail.close()]);
    await db.close();
  }
}, 480_000);
