/** Everybody comes back at the same moment, without jitter. `npm run bench:fleet` does it with 5,000, twice. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM_ACTOR, type Ctx } from "@/lib/auth/actor";
import { publishApprovedToAll } from "@/lib/changes/testing/approved-order";
import { createEnrolmentToken, listTargets } from "@/lib/fleet";
import { createLogger } from "@/lib/log";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { startFleetServer } from "./fleet-server";
import { TestTarget, type Answered } from "./testing/test-target";

const TARGETS = 120;
let db: TestDatabase;
let dataDir: string;
const log = createLogger("test", "silent");
const ctx = (): Ctx => ({ actor: SYSTEM_ACTOR, db, now: new Date(), log });
const start = () => startFleetServer({ databaseUrl: db.url, dataDir, host: "127.0.0.1", port: 0, log, holdMs: 2_000 });

beforeAll(async () => {
  db = await testDatabase({ max: 5 });
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-reconnects-"));
});
afterAll(async () => {
  await db.close();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

it("120 targets, three times, through new fleet servers: none is refused, none is called offline, each has its order once", async () => {
  let server = await start();
  const { token } = await createEnrolmentToken(ctx(), { pool: "llama", maxUses: TARGETS });
  const targets: TestTarget[] = [];
  for (let at = 0; at < TARGETS; at++) {
    const target = new TestTarget(`http://127.0.0.1:${server.port}`, `node-${at}`);
    expect((await target.enrol(token)).status).toBe(200);
    targets.push(target);
  }
  for (let round = 1; round <= 3; round++) {
    await server.close();
    const payload = { schema: 1 as const, connector: "engine" as const, content: { engine: { maxNumSeqs: round } } };
    await db.prisma.$transaction(
      (tx) =>
        publishApprovedToAll(tx, ctx(), {
          reason: `round ${round}`,
          orders: targets.map(({ id }) => ({ targetId: id, payload })),
        }),
      { timeout: 30_000 },
    );
    server = await start();
    for (const target of targets) target.url = `http://127.0.0.1:${server.port}`;
    const answers: Answered[] = await Promise.all(
      targets.map((target) => {
        if (round > 1) target.boot();
        return target.sync();
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    // A new start is answered at once, its order at the latest with the next word.
    const given = await Promise.all(
      answers.map(async (answer, at) => answer.body.desired ?? (await targets[at]!.sync()).body.desired),
    );
    expect(given.map((desired) => desired?.generation)).toEqual(targets.map(() => round));
    given.forEach((desired, at) => targets[at]!.runs(desired!, round));
    const quiet = await Promise.all(targets.map((target) => target.sync()));
    expect(quiet.map(({ body }) => body.desired)).toEqual(targets.map(() => undefined));
    const { targets: seen } = await listTargets(ctx());
    expect(seen.filter(({ liveness }) => liveness === "offline")).toEqual([]);
    expect(seen.filter(({ rollout }) => rollout === "healthy")).toHaveLength(TARGETS);
  }
  await server.close();
}, 120_000);
