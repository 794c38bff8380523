import { requireRole, type Ctx } from "@/lib/auth/actor";
import { csvCell } from "@/lib/telemetry/requests/csv";
import { listLedger } from "./list-ledger";

const COLUMNS = [
  "change",
  "title",
  "status",
  "standing",
  "estimate_low_usd_30d",
  "estimate_high_usd_30d",
  "estimate_basis",
  "prices_at",
  "from",
  "to",
  "method",
  "final",
  "saving_usd",
  "low_usd",
  "high_usd",
  "booked_usd",
  "share",
  "low_share",
  "high_share",
  "treated_successes",
  "control_successes",
  "owned_by_later_changes",
  "note",
] as const;

/** One line a measurement; a change without one has a line of its own. Intervals are 95 %. */
export async function exportLedger(ctx: Ctx): Promise<string> {
  // A key that may read may read this; of people, those who export.
  if (ctx.actor.kind !== "api_key") requireRole(ctx, "analyst");
  const { rows } = await listLedger(ctx);
  const lines = rows.flatMap((row) => {
    const { estimate } = row;
    const common = [
      row.number,
      row.title,
      row.status,
      row.standing,
      estimate.lowUsd,
      estimate.highUsd,
      estimate.basis,
      estimate.pricesAt,
    ];
    const measurements = row.measurements.map((one) => [
      ...common,
      one.from,
      one.to,
      one.method,
      one.final,
      one.savingUsd,
      one.lowUsd,
      one.highUsd,
      one.bookedUsd,
      one.share,
      one.lowShare,
      one.highShare,
      one.treatedSuccesses,
      one.controlSuccesses,
      one.owned,
      one.note,
    ]);
    return measurements.length > 0 ? measurements : [[...common, ...Array<null>(COLUMNS.length - common.length).fill(null)]];
  });
  return [COLUMNS.join(","), ...lines.map((line) => line.map((cell) => csvCell(String(cell ?? ""))).join(",")), ""].join("\r\n");
}
