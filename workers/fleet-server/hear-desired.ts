/**
 * Hears from PostgreSQL that something changed for a target: one connection that listens, made again when it breaks.
 * A hint can be lost while it is away, so `onConnected` asks about everybody once.
 */
import pg from "pg";
import type { Logger } from "@/lib/log";

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

export interface Ear {
  connected(): boolean;
  close(): Promise<void>;
}

export function hearDesired(
  databaseUrl: string,
  on: { hint: (targetId: string) => void; connected: () => void; log: Logger },
): Ear {
  let client: pg.Client | undefined;
  let up = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let retryMs = FIRST_RETRY_MS;

  const again = (from: pg.Client, error?: Error) => {
    if (client !== from || closed) return;
    client = undefined;
    if (up) on.log.warn({ err: error }, "the connection that hears of new orders is gone; it is made again");
    up = false;
    from.end().catch(() => undefined);
    retry = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  };

  const connect = () => {
    const made = new pg.Client({
      connectionString: databaseUrl,
      application_name: "headroom-fleet-listen",
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client = made;
    made.on("error", (error) => again(made, error));
    made.on("end", () => again(made));
    made.on("notification", ({ payload }) => payload && on.hint(payload));
    made
      .connect()
      .then(() => made.query("listen fleet_desired"))
      .then(() => {
        if (client !== made) return;
        up = true;
        retryMs = FIRST_RETRY_MS;
        on.connected();
      })
      .catch((error: Error) => again(made, error));
  };
  connect();

  return {
    connected: () => up,
    close: async () => {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
