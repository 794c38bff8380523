/** A statement as CSV (RFC 4180): names that senders chose cannot become formulas. Pure. */
import { csvCell } from "@/lib/telemetry/requests/csv";
import type { StatementLine, StatementView } from "./schemas";

const HEADER = "tenant,month,status,kind,charge,provider,model,pool,correction,exact_usd,amount,currency,usd_rate";

export function statementCsv(view: StatementView, lines: readonly StatementLine[], status: string): string {
  const { currency, rate } = view.live;
  const rows = lines.map((line) =>
    [
      csvCell(view.tenant),
      view.month,
      status,
      line.kind,
      csvCell(line.label),
      csvCell(line.provider),
      csvCell(line.model),
      csvCell(line.pool),
      line.correction ? "Correction" : "",
      // Ours, and numbers: a negative one is no formula.
      line.exactUsd,
      line.amount,
      currency,
      rate,
    ].join(","),
  );
  return `${[HEADER, ...rows].join("\r\n")}\r\n`;
}
