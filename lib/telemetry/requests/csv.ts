/** Requests as CSV (RFC 4180). Text that a spreadsheet would run as a formula is made harmless. Pure. */
import type { RequestRow } from "./schemas";

const COLUMNS: [string, (row: RequestRow) => string | number | boolean | null][] = [
  ["occurred_at", (row) => row.occurredAt],
  ["request_id", (row) => row.requestId],
  ["event_id", (row) => row.id],
  ["attempt", (row) => row.attempt],
  ["attempts", (row) => row.attempts],
  ["final", (row) => row.final],
  ["tenant", (row) => row.tenant],
  ["endpoint", (row) => row.endpoint],
  ["feature", (row) => row.feature],
  ["route", (row) => row.route],
  ["provider", (row) => row.provider],
  ["model_requested", (row) => row.modelRequested],
  ["model_served", (row) => row.modelServed],
  ["gateway", (row) => row.gateway],
  ["pool", (row) => row.pool],
  ["region", (row) => row.region],
  ["lane", (row) => row.lane],
  ["action_id", (row) => row.actionId],
  ["action_step", (row) => row.actionStep],
  ["status", (row) => row.status],
  ["error_class", (row) => row.errorClass],
  ["cache_layer", (row) => row.cacheLayer],
  ["cache_hit", (row) => row.cacheHit],
  ["variant", (row) => row.variant],
  ["generation", (row) => row.generation],
  ["tokens_in", (row) => row.tokensIn],
  ["tokens_cached", (row) => row.tokensCached],
  ["tokens_out", (row) => row.tokensOut],
  ["ttft_ms", (row) => row.ttftMs],
  ["latency_ms", (row) => row.latencyMs],
  ["pricing_state", (row) => row.pricingState],
  // An unpriced request has no cost; an empty cell is not a zero.
  ["cost_usd", (row) => (row.pricingState === "unpriced" ? null : row.costUsd)],
  ["saved_usd", (row) => row.savedUsd],
  ["request_cost_usd", (row) => row.requestCostUsd],
];

/** A cell: senders choose names, and a name that begins with = + - @ is a formula to a spreadsheet. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const csvHeader = (): string => `${COLUMNS.map(([name]) => name).join(",")}\r\n`;

const csvLines = (rows: readonly RequestRow[]): string =>
  rows.map((row) => `${COLUMNS.map(([, read]) => csvCell(read(row))).join(",")}\r\n`).join("");

/** A CSV body, written as it is read. A failure half-way breaks the download instead of ending it early in silence. */
export function csvStream(pages: AsyncGenerator<RequestRow[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(csvHeader()));
    },
    async pull(controller) {
      const { value, done } = await pages.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(csvLines(value)));
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}
