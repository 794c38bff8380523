/** FOCUS rows as CSV: decimals always with a point, names that cannot become formulas. Pure. */
import { csvCell } from "@/lib/telemetry/requests/csv";
import { columnsOf, decimalText, SCALE, type FocusColumn, type FocusRow, type FocusVersion } from "./columns";

export const focusCsvHeader = (version: FocusVersion): string =>
  `${columnsOf(version)
    .map(({ name }) => name)
    .join(",")}\r\n`;

export function focusCsvLine(row: FocusRow, version: FocusVersion): string {
  return `${columnsOf(version)
    .map((column) => cell(column, row))
    .join(",")}\r\n`;
}

function cell({ name, type }: FocusColumn, row: FocusRow): string {
  const value = row[name] ?? null;
  if (typeof value !== "bigint") return csvCell(value);
  return type === "count" ? value.toString() : decimalText(value, SCALE[type as keyof typeof SCALE]);
}
