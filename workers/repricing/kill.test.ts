import { expect, it } from "vitest";
import { createRule } from "@/lib/pricing/manage";
import { applyRepricing, createRepricing, getRepricing, runPiece } from "@/lib/repricing";
import { readExactness } from "../ingest/expect-exact";
import { startWorker } from "../testing/worker-process";
import { ctxOf, pricedDatabase, store } from "./testing";

/** The real worker program, killed with -9 while it reprices. */
const EVENTS = 24_000;

it("kill -9 in the middle of a repricing loses nothing and doubles nothing", async () => {
  const db = await pricedDatabase();
  try {
    const base = Date.now();
    await store(
      db,
      base,
      Array.from({ length: EVENTS }, () => ({
        provider: "acme-ai",
        modelRequested: "acme-1",
        modelServed: "acme-1",
        meters: { input: 1_000 },
      })),
    );
    await createRule(ctxOf(db), {
      book: "workspace",
      provider: "acme-ai",
      model: "acme-1",
      prices: { input: { base: "0.003" } },
      note: "list",
    });
    const { id } = await createRepricing(ctxOf(db), {
      from: new Date(base - 3_600_000).toISOString(),
      to: new Date(base + 3_600_000).toISOString(),
      note: "priced",
    });
    while (await runPiece(db, { now: new Date() }));
    await applyRepricing(ctxOf(db), id);
    const applied = async () => (await getRepricing(ctxOf(db), id)).applied;
    let interrupted = 0;
    for (let kill = 0; kill < 2; kill++) {
      const before = await applied();
      const worker = startWorker("repricing", db.url);
      await expect.poll(applied, { interval: 5, timeout: 60_000 }).toBeGreaterThan(before);
      await worker.kill();
      if ((await getRepricing(ctxOf(db), id)).status === "applying") interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);
    const last = startWorker("repricing", db.url);
    await expect.poll(async () => (await getRepricing(ctxOf(db), id)).status, { interval: 50, timeout: 60_000 }).toBe("done");
    await last.stop();
    // 24,000 × 1,000 tokens × $0.003 per 1M = $0.072
    const { rows, costNano, differences } = await readExactness(db.pool);
    expect({ rows, costNano, differences }).toEqual({ rows: EVENTS, costNano: 72_000_000n, differences: [] });
    expect(await applied()).toBe(EVENTS);
    const history = await db.pool.query(
      "select count(*)::int as n, count(distinct event_id)::int as ids from telemetry.rating_history",
    );
    expect(history.rows).toEqual([{ n: EVENTS, ids: EVENTS }]);
  } finally {
    await db.close();
  }
}, 180_000);
