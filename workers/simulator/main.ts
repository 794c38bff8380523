/**
 * What the demo needs once per start, as a program of the launcher: prepares gateways, nodes and traffic and hands them to
 * the launcher, then loads the time that is missing, and ends.
 *
 *   prepare → {type: "programs"} → the time since it last ran → 30 days, newest first → exit 0
 *
 * SIGTERM stops it between two pieces; the next start goes on where it was.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { parseArgs } from "node:util";
import { openDb } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { readDemo } from "./demo-state";
import { Fleet } from "./generate";
import { readCursor } from "./live/config";
import { loadGap } from "./load-gap";
import { loadHistory } from "./load-history";
import { cursorFile, prepareFleet } from "./prepare-fleet";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: "string" } } });
  const url = values.url;
  const {
    HEADROOM_DEMO_API_KEY: apiKey,
    DATABASE_URL: databaseUrl,
    HEADROOM_DATA_DIR: dataDir,
    HEADROOM_DEMO_START: start,
  } = process.env;
  if (!url || !apiKey || !databaseUrl || !dataDir || !start) {
    throw new Error("The demo fleet is started by `npm start`; it needs --url, HEADROOM_DEMO_API_KEY and DATABASE_URL.");
  }
  const log = createLogger("demo");
  const stopping = new AbortController();
  process.on("SIGTERM", () => stopping.abort());
  process.on("SIGINT", () => stopping.abort());

  const db = openDb(databaseUrl, { max: 3, applicationName: "headroom-demo" });
  try {
    const state = await readDemo(db.pool);
    if (!state) throw new Error("The demo fleet was never set up; start it with `npm start -- --demo`.");
    const dir = path.join(path.resolve(dataDir), "demo");
    const now = new Date();
    const cursor = readCursor(cursorFile(dir));
    const runs = await prepareFleet({ db, log, now, dir, consoleUrl: url, calendar: state.calendar }, start);
    process.send?.({ type: "programs", runs });

    const hash = createHash("sha256").update(apiKey).digest("hex");
    const key = await db.prisma.apiKey.findUnique({ where: { hash } });
    const loading = { db, log, apiKeyId: key?.id ?? null, stopping: stopping.signal };
    const began = performance.now();
    const missed = await loadGap(loading, new Fleet(state.calendar), now.getTime(), cursor);
    if (missed > 0) say(`Demo: ${missed.toLocaleString("en")} events of the time in which it was off.`);
    await loadHistory(
      {
        ...loading,
        onProgress: (share, events) => {
          process.send?.({ type: "progress", share, note: `${events.toLocaleString("en")} events` });
          if (share === 1) {
            const seconds = Math.round((performance.now() - began) / 1_000);
            say(`Demo history is in: ${events.toLocaleString("en")} events in ${seconds} s.`);
          }
        },
      },
      new Fleet(state.calendar),
    );
  } finally {
    await db.close();
  }
}

const say = (note: string) => process.send?.({ type: "say", note });

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exit(1);
  },
);
