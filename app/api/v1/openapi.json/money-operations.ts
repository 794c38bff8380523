/** Statements, invoices, exchange rates and exports for the document: see operations.ts. */
import { z } from "zod";
import { fxRateSchema, setFxRatesSchema, type FxImport, type FxRateView } from "@/lib/currency/schemas";
import { createExportSchema, EXPORT_STATUSES } from "@/lib/exports/schemas";
import { DIFFERENCE_KINDS, INVOICE_FORMATS, LINE_CATEGORIES, type InvoiceView, type Reconciliation } from "@/lib/invoices/schemas";
import {
  LINE_KINDS,
  moveStatementSchema,
  STATEMENT_STATUSES,
  type MonthView,
  type StatementContent,
  type StatementLine,
  type StatementView,
} from "@/lib/statements/schemas";
import type { Operation, Parameter } from "./operations";
import { json } from "./shapes";

const usd = z.string().describe("Exact dollars as decimal text");
const amount = z.string().describe("In the currency of the statement, to its smallest unit");
const text = z.string().nullable();
const problem = z.object({ line: z.int(), problem: z.string() });

const line = z.object({
  key: z.string(),
  kind: z.enum(LINE_KINDS),
  label: z.string(),
  provider: text,
  model: text,
  pool: text,
  invoiceId: text,
  exactUsd: usd,
  amount,
  correction: z.boolean().describe("Became known after the statement was locked"),
}) satisfies z.ZodType<StatementLine>;
const content = z.object({
  currency: z.string(),
  digits: z.int(),
  rate: z.string().describe("Units of the currency for one dollar"),
  rateDay: text,
  timeZone: z.string(),
  from: z.string(),
  to: z.string(),
  lines: z.array(line),
  exactUsd: usd,
  total: amount,
}) satisfies z.ZodType<StatementContent>;
const state = z.enum(["estimated", "provisional", "final"]);
const statement = z.object({
  tenant: z.string(),
  tenantName: z.string(),
  month: z.string(),
  state,
  live: content,
  pendingGpuHours: z.int(),
  revisions: z.array(
    z.object({
      id: z.string(),
      revision: z.int(),
      status: z.enum(STATEMENT_STATUSES),
      reason: text,
      contentHash: z.string(),
      draftedAt: z.string(),
      draftedBy: z.string(),
      lockedAt: text,
      lockedBy: text,
      restatedAt: text,
      content,
    }),
  ),
  lateAmount: text,
}) satisfies z.ZodType<StatementView>;
const month = z.object({
  month: z.string(),
  state,
  currency: z.string(),
  digits: z.int(),
  rate: z.string(),
  rateDay: text,
  from: z.string(),
  to: z.string(),
  tenants: z.array(
    z.object({
      tenant: z.string(),
      name: z.string(),
      status: z.enum(STATEMENT_STATUSES).nullable(),
      revision: z.int().nullable(),
      total: amount,
      live: amount,
      direct: amount,
      shared: amount,
      other: amount,
    }),
  ),
  unallocated: z.array(line).nullable(),
  tenantsTotal: text,
  total: text,
}) satisfies z.ZodType<MonthView>;
const invoice = z.object({
  id: z.string(),
  provider: z.string(),
  number: z.string(),
  month: z.string(),
  format: z.enum(INVOICE_FORMATS),
  fileName: z.string(),
  currency: z.string(),
  lines: z.int(),
  problems: z.array(problem).describe("Lines that were left out, and why"),
  uploadedAt: z.string(),
  uploadedBy: z.string(),
}) satisfies z.ZodType<InvoiceView>;
const parts = z.record(z.enum(DIFFERENCE_KINDS), usd);
const reconciliation = z.object({
  month: z.string(),
  provider: z.string(),
  invoices: z.array(invoice),
  rates: z.array(z.object({ currency: z.string(), rate: z.string(), day: text })),
  rows: z.array(
    z.object({
      key: z.string(),
      model: text,
      meter: text,
      matchedBy: z.enum(["id", "sku", "none", "absent"]),
      category: z.enum(LINE_CATEGORIES),
      description: z.string(),
      lines: z.array(z.int()),
      billedUsd: usd,
      calculatedUsd: usd,
      differenceUsd: usd,
      billedQuantity: text,
      calculatedQuantity: text,
      parts: z.partialRecord(z.enum(DIFFERENCE_KINDS), usd),
    }),
  ),
  billedUsd: usd,
  calculatedUsd: usd,
  parts,
}) satisfies z.ZodType<Reconciliation>;
const rate = fxRateSchema.extend({ id: z.int(), createdAt: z.string(), createdBy: z.string() }) satisfies z.ZodType<FxRateView>;
const exported = z.object({
  id: z.string(),
  kind: z.enum(["focus", "metrics", "requests"]),
  params: z.looseObject({}),
  status: z.enum(EXPORT_STATUSES),
  reason: text,
  done: z.int(),
  total: z.int().nullable(),
  fileName: text,
  bytes: z.int(),
  failures: z.int().nullable().describe("Rules broken by rows of a FOCUS file; 0 is a pass"),
  matchesStatement: z.boolean().nullable(),
  owner: z.string(),
  createdAt: z.string(),
  endedAt: text,
  expiresAt: text,
});

export const MONEY_SCHEMAS = {
  Statement: { schema: statement, io: "output" },
  StatementMonth: { schema: month, io: "output" },
  MoveStatement: { schema: moveStatementSchema, io: "input" },
  FxRates: { schema: z.object({ items: z.array(rate) }), io: "output" },
  SetFxRates: { schema: setFxRatesSchema, io: "input" },
  FxImport: {
    schema: z.object({ stored: z.int(), unchanged: z.int(), problems: z.array(problem) }) satisfies z.ZodType<FxImport>,
    io: "output",
  },
  InvoiceFile: { schema: z.unknown().describe("CSV, FOCUS InvoiceDetail, or a provider's cost answer as JSON"), io: "input" },
  UploadedInvoice: { schema: z.object({ invoice, superseded: z.int() }), io: "output" },
  InvoiceList: { schema: z.object({ items: z.array(invoice), providers: z.array(z.string()) }), io: "output" },
  Reconciliation: { schema: reconciliation, io: "output" },
  CreateExport: { schema: createExportSchema, io: "input" },
  Export: { schema: exported, io: "output" },
  ExportList: { schema: z.object({ items: z.array(exported) }), io: "output" },
} as const;

const query = (name: string, description: string): Parameter => ({
  name,
  in: "query",
  description,
  schema: { type: "string" },
  required: true,
});
const MONTH = query("month", "yyyy-mm of the workspace zone");

const exampleLine = {
  key: '["direct","openai","gpt-4.1"]',
  kind: "direct",
  label: "gpt-4.1 at openai",
  provider: "openai",
  model: "gpt-4.1",
  pool: null,
  invoiceId: null,
  exactUsd: "47435.294117647",
  amount: "47435.29",
  correction: false,
};
const exampleContent = {
  currency: "USD",
  digits: 2,
  rate: "1",
  rateDay: null,
  timeZone: "UTC",
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-12-01T00:00:00.000Z",
  lines: [exampleLine],
  exactUsd: "47435.294117647",
  total: "47435.29",
};
const exampleStatement = {
  tenant: "acme",
  tenantName: "Acme",
  month: "2026-11",
  state: "provisional",
  live: exampleContent,
  pendingGpuHours: 0,
  revisions: [],
  lateAmount: null,
};
const exampleInvoice = {
  id: "3a1f0c7e-3f0e-4f5c-9d51-0a2d8f2c1b11",
  provider: "openai",
  number: "INV-7",
  month: "2026-11",
  format: "csv",
  fileName: "inv-7.csv",
  currency: "USD",
  lines: 41,
  problems: [{ line: 12, problem: 'The amount "1e300" is no decimal like 12.34.' }],
  uploadedAt: "2026-12-02T09:00:00.000Z",
  uploadedBy: "Ada",
};
const exampleExport = {
  id: "3a1f0c7e-3f0e-4f5c-9d51-0a2d8f2c1b12",
  kind: "focus",
  params: { kind: "focus", month: "2026-11", version: "1.4", format: "csv" },
  status: "done",
  reason: null,
  done: 2029,
  total: 2029,
  fileName: "focus-1.4-2026-11.csv",
  bytes: 1_518_575,
  failures: 0,
  matchesStatement: true,
  owner: "Ana",
  createdAt: "2026-12-02T09:00:00.000Z",
  endedAt: "2026-12-02T09:00:09.000Z",
  expiresAt: "2026-12-09T09:00:09.000Z",
};

const read = (
  path: string,
  id: string,
  summary: string,
  answer: Operation["answers"][string],
  parameters: readonly Parameter[] = [],
): Operation => ({
  method: "get",
  path,
  id,
  tag: "read",
  scope: "read",
  summary,
  parameters,
  answers: { "200": answer },
  refusals: [400, 401, 403, 404, 422, 503],
});

export const MONEY_OPERATIONS: readonly Operation[] = [
  read(
    "/api/v1/statements",
    "get_statement",
    "One tenant's statement of a month: as known now, and its revisions.",
    { description: "The statement", schema: "Statement", example: exampleStatement },
    [query("tenant", "Tenant id"), MONTH],
  ),
  read(
    "/api/v1/statements/month",
    "get_statement_month",
    "What every tenant owes for a month, and what nobody is charged for: together the bill.",
    {
      description: "The month",
      schema: "StatementMonth",
      example: {
        month: "2026-11",
        state: "provisional",
        currency: "USD",
        digits: 2,
        rate: "1",
        rateDay: null,
        from: exampleContent.from,
        to: exampleContent.to,
        tenants: [],
        unallocated: [],
        tenantsTotal: "0.00",
        total: "0.00",
      },
    },
    [MONTH],
  ),
  {
    method: "post",
    path: "/api/v1/statements",
    id: "move_statement",
    tag: "operate",
    scope: "admin",
    summary: "Draw a statement up, lock it, or restate a locked one. Locking names the draft that was looked at.",
    body: { schema: "MoveStatement", types: json, example: { action: "draft", tenant: "acme", month: "2026-11" } },
    answers: { "200": { description: "The statement after it", schema: "Statement", example: exampleStatement } },
    refusals: [400, 401, 403, 404, 409, 415, 422, 503],
  },
  read("/api/v1/pricing/fx-rates", "list_fx_rates", "Dated rates of exchange, newest first.", {
    description: "Rates in force",
    schema: "FxRates",
    example: {
      items: [
        { id: 1, currency: "EUR", day: "2026-11-02", rate: "0.9213", source: "ECB", createdAt: "2026-11-02T16:00:00.000Z", createdBy: "Ada" },
      ],
    },
  }),
  {
    method: "post",
    path: "/api/v1/pricing/fx-rates",
    id: "set_fx_rates",
    tag: "operate",
    scope: "admin",
    summary: "State rates of exchange. One for a day that has one already supersedes it.",
    body: { schema: "SetFxRates", types: json, example: { rates: [{ currency: "EUR", day: "2026-11-02", rate: "0.9213", source: "ECB" }] } },
    answers: { "201": { description: "Stored", schema: "FxImport", example: { stored: 1, unchanged: 0, problems: [] } } },
    refusals: [400, 401, 403, 413, 415, 503],
  },
  read(
    "/api/v1/invoices",
    "list_invoices",
    "Invoices of a month.",
    { description: "Invoices in force", schema: "InvoiceList", example: { items: [exampleInvoice], providers: ["openai"] } },
    [MONTH],
  ),
  {
    method: "post",
    path: "/api/v1/invoices",
    id: "upload_invoice",
    tag: "operate",
    scope: "admin",
    summary: "Upload an invoice. Broken lines are reported with their number, the rest is kept; the same number again supersedes.",
    parameters: [MONTH, { ...query("provider", "Of CSV and FOCUS files"), required: false }],
    body: { schema: "InvoiceFile", types: ["text/csv", "application/json"], example: "model,from,amount\ngpt-4.1,2026-11-01,12.30" },
    answers: { "201": { description: "Stored", schema: "UploadedInvoice", example: { invoice: exampleInvoice, superseded: 0 } } },
    refusals: [400, 401, 403, 413, 422, 503],
  },
  read(
    "/api/v1/invoices/reconciliation",
    "reconcile_invoices",
    "What a provider billed against what was calculated, row by row, and why they differ.",
    {
      description: "Every billed line is in one row",
      schema: "Reconciliation",
      example: {
        month: "2026-11",
        provider: "openai",
        invoices: [exampleInvoice],
        rates: [{ currency: "USD", rate: "1", day: null }],
        rows: [
          {
            key: "sku gpt-4.1 input",
            model: "gpt-4.1",
            meter: "input",
            matchedBy: "sku",
            category: "usage",
            description: "gpt-4.1, input",
            lines: [2],
            billedUsd: "209",
            calculatedUsd: "200",
            differenceUsd: "9",
            billedQuantity: "110000000",
            calculatedQuantity: "100000000",
            parts: { quantity: "20", price: "-11" },
          },
        ],
        billedUsd: "209",
        calculatedUsd: "200",
        parts: { price: "-11", quantity: "20", timing: "0", credit: "0", tax: "0", unmodelled: "0", residual: "0" },
      },
    },
    [MONTH, query("provider", "As requests name it")],
  ),
  {
    method: "post",
    path: "/api/v1/exports",
    id: "create_export",
    tag: "read",
    scope: "read",
    summary: "Begin a file in the background: a month as FOCUS, any metric query, or a list of requests.",
    body: { schema: "CreateExport", types: json, example: { kind: "focus", month: "2026-11", version: "1.4", format: "csv" } },
    answers: {
      "201": { description: "Waiting", schema: "Export", example: { ...exampleExport, status: "queued", failures: null, matchesStatement: null } },
    },
    refusals: [400, 401, 403, 415, 429, 503],
  },
  read("/api/v1/exports", "list_exports", "One's own exports, newest first. Files: /exports/{id}/download and, for FOCUS, /receipt.", {
    description: "Exports",
    schema: "ExportList",
    example: { items: [exampleExport] },
  }),
];
