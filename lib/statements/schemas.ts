/** What statements are made of. Pure: pages import the types. */
import { z } from "zod";

export const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be a month like 2026-11");
const tenantSchema = z.string().max(200);

export const statementQuerySchema = z.strictObject({ tenant: tenantSchema, month: monthSchema });

/** `lock` names what was seen: a draft that was drawn up anew since is not locked by accident. */
export const moveStatementSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("draft"), tenant: tenantSchema, month: monthSchema }),
  z.strictObject({
    action: z.literal("lock"),
    tenant: tenantSchema,
    month: monthSchema,
    contentHash: z.string().describe("Of the draft that was looked at"),
  }),
  z.strictObject({
    action: z.literal("restate"),
    tenant: tenantSchema,
    month: monthSchema,
    reason: z.string().trim().min(1).max(500),
  }),
]);
export type MoveStatement = z.output<typeof moveStatementSchema>;

/** In the order in which a statement lists them. */
export const LINE_KINDS = ["direct", "shared", "idle", "commitment", "overhead", "credit", "tax", "residual"] as const;
export type LineKind = (typeof LINE_KINDS)[number];

export interface StatementLine {
  /** Names what is charged: equal keys of two months, or of two revisions, are the same thing. */
  key: string;
  kind: LineKind;
  label: string;
  provider: string | null;
  model: string | null;
  pool: string | null;
  /** Of a credit, tax or residual: the invoice that says so. */
  invoiceId: string | null;
  /** Exact dollars. */
  exactUsd: string;
  /** In the currency of the statement, to its smallest unit. The lines add up to the total. */
  amount: string;
  /** A change that became known after the statement was locked: the amount is the difference. */
  correction: boolean;
}

export interface StatementContent {
  currency: string;
  digits: number;
  /** Units of the currency for one dollar, and the day that the rate was stated for. */
  rate: string;
  rateDay: string | null;
  timeZone: string;
  from: string;
  to: string;
  lines: StatementLine[];
  exactUsd: string;
  total: string;
}

export const STATEMENT_STATUSES = ["draft", "locked", "restated"] as const;
export type StatementStatus = (typeof STATEMENT_STATUSES)[number];

/** estimated: the month goes on. provisional: it is over, late data may come. final: locked. */
export type DataState = "estimated" | "provisional" | "final";

export interface StatementRevision {
  id: string;
  revision: number;
  status: StatementStatus;
  reason: string | null;
  contentHash: string;
  draftedAt: string;
  draftedBy: string;
  lockedAt: string | null;
  lockedBy: string | null;
  restatedAt: string | null;
  content: StatementContent;
}

export interface StatementView {
  tenant: string;
  tenantName: string;
  month: string;
  state: DataState;
  /** What is known now. */
  live: StatementContent;
  /** GPU hours of the month that still wait to be shared out: amounts grow until they are. */
  pendingGpuHours: number;
  /** Newest first; the first one is in force or being drawn up. */
  revisions: StatementRevision[];
  /** Live total less that of the locked revision, when there is one: what came late. */
  lateAmount: string | null;
}

export interface MonthTenant {
  tenant: string;
  name: string;
  status: StatementStatus | null;
  revision: number | null;
  /** Of the revision in force, else what is known now. */
  total: string;
  live: string;
  direct: string;
  shared: string;
  other: string;
}

/** Everything of a month: tenants and what nobody is charged for add up to the bill. */
export interface MonthView {
  month: string;
  state: DataState;
  currency: string;
  digits: number;
  rate: string;
  rateDay: string | null;
  from: string;
  to: string;
  tenants: MonthTenant[];
  /** Null for those who are limited to tenants: the rest of the bill is not theirs to see. */
  unallocated: StatementLine[] | null;
  /** What all tenants owe as known now; with `unallocated` it is `total`. */
  tenantsTotal: string | null;
  total: string | null;
}
