import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { createRule } from "@/lib/pricing/manage";
import { applyRepricing, createRepricing, getRepricing, runPiece } from "@/lib/repricing";
import { readExactness } from "../ingest/expect-exact";
import { ctxOf, pricedDatabase, store } from "./testing";

/** The real worker program, killed with -9 while it reprices. */
const EVENTS = 24_000;

function startWorker(url: string): { child: ChildProcess; ready: Promise<void>; gone: Promise<void> } {
  const child = spawn(process.execPath, ["--import", "tsx", "workers/main.ts", "--roles", "repricing", "--port", "0"], {
    cwd: path.join(import.meta.dirname, "../.."),
    env: { ...process.env, LOG_LEVEL: "error", NODE_ENV: "test", DATABASE_URL: url, REDIS_URL: "" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`the worker ended (${code}) before it was ready`)));
  });
  return { child, ready, gone };
}

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
      const { child, gone } = startWorker(db.url);
      await expect.poll(applied, { interval: 5, timeout: 60_000 }).toBeGreaterThan(before);
      child.kill("SIGKILL");
      await gone;
      if ((await getRepricing(ctxOf(db), id)).status === "applying") interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);
    const last = startWorker(db.url);
    await expect.poll(async () => (await getRepricing(ctxOf(db), id)).status, { interval: 50, timeout: 60_000 }).toBe("done");
    last.child.kill("SIGTERM");
    await last.gone;
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
