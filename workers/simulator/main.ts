/**
 * The demo fleet as a program, started by the launcher: loads the history that is missing, and sends live traffic, both
 * at once. SIGTERM stops it between two pieces; the next start goes on where it was.
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { openDb } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { readDemo } from "./demo-state";
import { Fleet } from "./generate";
import { loadHistory } from "./load-history";
import { sendLive } from "./send-live";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: "string" } } });
  const url = values.url;
  const apiKey = process.env["HEADROOM_DEMO_API_KEY"];
  const databaseUrl = process.env["DATABASE_URL"];
  if (!url || !apiKey || !databaseUrl) {
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
    const hash = createHash("sha256").update(apiKey).digest("hex");
    const key = await db.prisma.apiKey.findUnique({ where: { hash } });
    const began = performance.now();
    const history = loadHistory(
      {
        db,
        log,
        apiKeyId: key?.id ?? null,
        stopping: stopping.signal,
        onProgress: (share, events) => {
          process.send?.({ type: "progress", share, note: `${events.toLocaleString("en")} events` });
          if (share === 1) {
            const seconds = Math.round((performance.now() - began) / 1_000);
            process.send?.({ type: "say", note: `Demo history is in: ${events.toLocaleString("en")} events in ${seconds} s.` });
          }
        },
      },
      new Fleet(state.calendar),
    );
    const live = sendLive(
      { db: db.pool, log, sender: { url, apiKey }, stopping: stopping.signal, now: Date.now },
      () => new Fleet(state.calendar),
    );
    await Promise.all([history, live]);
  } finally {
    await db.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exit(1);
  },
);
