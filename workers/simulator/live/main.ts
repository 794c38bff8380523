/** The demo's world outside: simulated providers, and the applications that send requests to the gateways. */
import { setMaxListeners } from "node:events";
import { createLogger } from "@/lib/log";
import { startProviders } from "../providers/server";
import { readTrafficConfig, writeCursor } from "./config";
import { Reports } from "./reports";
import { runLive } from "./run-live";

const CURSOR_MS = 30_000;

async function main(): Promise<void> {
  const file = process.argv[2];
  const apiKey = process.env["HEADROOM_DEMO_API_KEY"];
  if (!file || !apiKey) throw new Error("The demo's traffic is started by `npm start`.");
  const config = readTrafficConfig(file);
  const log = createLogger("demo-traffic");
  const stopping = new AbortController();
  // Every start that waits for its moment listens.
  setMaxListeners(0, stopping.signal);
  const providers = await startProviders({ seed: config.calendar.seed, speed: 1 }, config.providersPort);
  const reports = new Reports({ url: config.consoleUrl, apiKey }, log);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());

  await Promise.all(Object.values(config.gateways).map((url) => answers(url, stopping.signal)));
  const cursor = setInterval(() => writeCursor(config.cursorFile, Date.now()), CURSOR_MS);
  log.info({ gateways: Object.keys(config.gateways) }, "live demo traffic begins");
  process.send?.({ type: "ready" });
  await runLive({ ...config, reports, stopping: stopping.signal, log });
  clearInterval(cursor);
  writeCursor(config.cursorFile, Date.now());
  reports.close();
  await providers.close();
}

async function answers(url: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const ok = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exit(1);
  },
);
