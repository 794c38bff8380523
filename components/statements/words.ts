/** How statements are worded, and their amounts written. Pure. */
import type { DataState, LineKind, StatementRevision } from "@/lib/statements/schemas";

export const KIND_LABEL: Record<LineKind, string> = {
  direct: "Direct",
  shared: "Shared GPUs",
  idle: "Idle GPUs",
  commitment: "Unused commitment",
  overhead: "Overhead",
  credit: "Credit",
  tax: "Tax",
  residual: "Residual",
};

export const STATE_LABEL: Record<DataState, string> = { estimated: "estimated", provisional: "provisional", final: "final" };
export const STATE_VARIANT = { estimated: "outline", provisional: "warning", final: "success" } as const;
export const STATE_MEANING: Record<DataState, string> = {
  estimated: "The month goes on: amounts still grow.",
  provisional: "The month is over; late data and invoices may still change it.",
  final: "Locked. What comes late becomes a correction.",
};
export const STATUS_VARIANT: Record<StatementRevision["status"], "outline" | "success" | "secondary"> = {
  draft: "outline",
  locked: "success",
  restated: "secondary",
};

/** An amount of a statement: "47435.29" in USD is "$47,435.29". Its digits are those of the currency. */
export function formatAmount(amount: string, currency: string): string {
  return new Intl.NumberFormat("en-US", { style: "currency", currency }).format(Number(amount));
}

/** "2026-11" → "November 2026" */
export function monthLabel(month: string): string {
  return new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-15T00:00:00Z`),
  );
}

/** "2026-11" for the month of an instant in a zone. */
export function monthIn(timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit" }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}`;
}

export function moveMonth(month: string, by: number): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 1 + by, 15)).toISOString().slice(0, 7);
}
