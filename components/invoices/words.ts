/** How invoices are worded. Pure. */
import type { DifferenceKind, InvoiceFormat, ReconciledRow } from "@/lib/invoices/schemas";

export const FORMAT_LABEL: Record<InvoiceFormat, string> = {
  csv: "CSV",
  focus: "FOCUS InvoiceDetail",
  "openai-costs": "OpenAI costs",
  "openai-usage": "OpenAI usage",
  "anthropic-cost-report": "Anthropic cost report",
};

export const MATCH_LABEL: Record<ReconciledRow["matchedBy"], string> = {
  id: "by id",
  sku: "by model and meter",
  none: "unmatched",
  absent: "not billed",
};
export const MATCH_VARIANT = { id: "success", sku: "success", none: "warning", absent: "warning" } as const;

export const PART_LABEL: Record<DifferenceKind, string> = {
  price: "Price",
  quantity: "Quantity",
  timing: "Timing (days of UTC)",
  credit: "Credit",
  tax: "Tax",
  unmodelled: "Unmodelled",
  residual: "Residual",
};
