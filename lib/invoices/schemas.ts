/** What invoices take and answer. Pure: pages import the types. */
import { z } from "zod";
import { monthSchema } from "@/lib/statements/schemas";

export const INVOICE_FORMATS = ["csv", "focus", "openai-costs", "openai-usage", "anthropic-cost-report"] as const;
export type InvoiceFormat = (typeof INVOICE_FORMATS)[number];

export const LINE_CATEGORIES = ["usage", "credit", "tax", "other"] as const;
export type LineCategory = (typeof LINE_CATEGORIES)[number];

export const uploadInvoiceSchema = z.strictObject({
  month: monthSchema,
  /** Of CSV and FOCUS files; JSON answers of a provider say whose they are. */
  provider: z.string().trim().min(1).max(200).optional(),
  /** Absent: what the file says, else its name. */
  number: z.string().trim().min(1).max(200).optional(),
  name: z.string().trim().min(1).max(200).default("upload"),
});

/** A line as it was billed. Decimals as text; times are ISO. */
export interface InvoiceLineDraft {
  line: number;
  lineId: string | null;
  category: LineCategory;
  sku: string;
  model: string | null;
  meter: string | null;
  description: string;
  from: string;
  to: string;
  quantity: string | null;
  unitPrice: string | null;
  amount: string;
}

export interface ReadInvoice {
  format: InvoiceFormat;
  provider: string | null;
  number: string | null;
  currency: string;
  lines: InvoiceLineDraft[];
  problems: { line: number; problem: string }[];
}

export interface InvoiceView {
  id: string;
  provider: string;
  number: string;
  month: string;
  format: InvoiceFormat;
  fileName: string;
  currency: string;
  lines: number;
  problems: { line: number; problem: string }[];
  uploadedAt: string;
  uploadedBy: string;
}

/** Why billed and calculated differ, in exact dollars. The parts add up to the difference. */
export const DIFFERENCE_KINDS = ["price", "quantity", "timing", "credit", "tax", "unmodelled", "residual"] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface ReconciledRow {
  key: string;
  model: string | null;
  meter: string | null;
  /** id: the line names what was charged. sku: provider, model and meter say so. none: nothing was charged for it. absent: not billed. */
  matchedBy: "id" | "sku" | "none" | "absent";
  category: LineCategory;
  description: string;
  lines: number[];
  billedUsd: string;
  calculatedUsd: string;
  differenceUsd: string;
  billedQuantity: string | null;
  calculatedQuantity: string | null;
  parts: Partial<Record<DifferenceKind, string>>;
}

export interface Reconciliation {
  month: string;
  provider: string;
  invoices: InvoiceView[];
  /** Currencies of the invoices, with the rate that turned them into dollars. */
  rates: { currency: string; rate: string; day: string | null }[];
  rows: ReconciledRow[];
  billedUsd: string;
  calculatedUsd: string;
  parts: Record<DifferenceKind, string>;
}
