/** Invoices as CSV: any with an amount, a period and something that names what it is for, and FOCUS InvoiceDetail. */
import { readCsvLines, type CsvRecord } from "@/lib/csv/read-csv";
import { isCurrency } from "@/lib/currency/currencies";
import { Decimal } from "@/lib/money";
import type { InvoiceLineDraft, ReadInvoice } from "../schemas";
import { categoryOf, decimalOf, meterOf, modelOf } from "./read-line";

/** Field → names of its column, in order of preference. Names of FOCUS and those that people write. */
const COLUMNS = {
  id: ["invoicedetailid", "line_id", "lineid", "id"],
  invoice: ["invoiceid", "invoice", "invoice_number", "number"],
  category: ["chargecategory", "category", "type"],
  sku: ["skuid", "sku"],
  model: ["resourceid", "model"],
  meter: ["skumeter", "meter", "token_type"],
  description: ["chargedescription", "description", "item"],
  from: ["chargeperiodstart", "billingperiodstart", "from", "start", "period_start", "start_date", "date"],
  to: ["chargeperiodend", "billingperiodend", "to", "end", "period_end", "end_date"],
  quantity: ["pricingquantity", "quantity", "units", "tokens"],
  unit: ["pricingunit", "unit"],
  price: ["contractedunitprice", "unit_price", "price"],
  amount: ["billedcost", "amount", "cost", "total"],
  currency: ["billingcurrency", "currency"],
} as const;
type Field = keyof typeof COLUMNS;

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

export async function readCsvInvoice(chunks: AsyncIterable<string>): Promise<ReadInvoice> {
  const result: ReadInvoice = { format: "csv", provider: null, number: null, currency: "", lines: [], problems: [] };
  let at: Partial<Record<Field, number>> = {};
  for await (const part of readCsvLines(chunks)) {
    if ("header" in part) {
      const names = part.header.map((name) => name.toLowerCase().replaceAll(" ", "_"));
      at = Object.fromEntries(
        Object.entries(COLUMNS).map(([field, known]) => [
          field,
          known.map((name) => names.indexOf(name)).find((index) => index !== -1) ?? -1,
        ]),
      );
      if (names.includes("billedcost")) result.format = "focus";
      const missing = (["amount", "from"] as const).filter((field) => at[field] === -1);
      if (missing.length > 0) {
        const wanted = missing.map((field) => `${field} (${COLUMNS[field].join(", ")})`).join(" and ");
        return { ...result, problems: [{ line: 1, problem: `The header has no column for ${wanted}.` }] };
      }
    } else if ("problem" in part) result.problems.push(part);
    else {
      const line = readRecord(part, (field) => part.cells[at[field] ?? -1]?.trim() ?? "", result);
      if (typeof line === "string") result.problems.push({ line: part.line, problem: line });
      else result.lines.push(line);
    }
  }
  return { ...result, currency: result.currency || "USD" };
}

/** A line, or what is wrong with it. */
function readRecord({ line }: CsvRecord, cell: (field: Field) => string, result: ReadInvoice): InvoiceLineDraft | string {
  const amount = decimalOf(cell("amount"));
  if (amount === null) return `The amount "${cell("amount")}" is no decimal like 12.34.`;
  const category = categoryOf(cell("category"));
  if (category === null) return `The category "${cell("category")}" is none of Usage, Credit, Tax, Purchase, Adjustment.`;
  const from = timeOf(cell("from"));
  if (from === null) return `The date "${cell("from")}" is none like 2026-11-01.`;
  const to = cell("to") === "" ? new Date(from.getTime() + DAY_MS) : timeOf(cell("to"));
  if (to === null || to <= from) return `The end "${cell("to")}" is not after the start.`;
  const stated = cell("quantity");
  const quantity = stated === "" ? null : decimalOf(stated);
  if (stated !== "" && quantity === null) return `The quantity "${stated}" is no decimal.`;
  const price = cell("price") === "" ? null : decimalOf(cell("price"));
  if (cell("price") !== "" && price === null) return `The unit price "${cell("price")}" is no decimal.`;
  const currency = cell("currency").toUpperCase();
  if (currency !== "" && !isCurrency(currency)) return `"${currency}" is not a currency of ISO 4217.`;
  if (currency !== "" && result.currency !== "" && result.currency !== currency) {
    return `It is in ${currency}, the lines before in ${result.currency}: an invoice is in one currency.`;
  }
  result.currency ||= currency;
  result.number ??= cell("invoice") || null;
  const [sku, model, description] = [cell("sku"), cell("model"), cell("description")];
  if (category === "usage" && sku === "" && model === "" && description === "")
    return "Nothing says what it is for: no SKU, model or description.";
  // "1000000 Tokens" is a unit of a million.
  const perUnit = /^\d+/.exec(cell("unit"))?.[0] ?? "1";
  return {
    line,
    lineId: cell("id") || null,
    category,
    sku: sku || model || description,
    model: model ? modelOf(model) : modelOfSku(sku),
    meter: meterOf(cell("meter")) ?? meterOf(sku.split("/").at(-1) ?? "") ?? meterOf(description),
    description: description || sku || model,
    from: from.toISOString(),
    to: to.toISOString(),
    quantity: quantity === null ? null : new Decimal(quantity).mul(perUnit).toFixed(),
    unitPrice: price,
    amount,
  };
}

/** "openai/gpt-4.1/input" is how this product names a SKU. */
function modelOfSku(sku: string): string | null {
  const parts = sku.split("/");
  return parts.length === 3 ? modelOf(parts[1]!) : null;
}

function timeOf(text: string): Date | null {
  if (!DATE.test(text)) return null;
  const at = new Date(
    text.length === 10 ? `${text}T00:00:00Z` : /Z|[+-]\d{2}:\d{2}$/.test(text) ? text : `${text.replace(" ", "T")}Z`,
  );
  return Number.isNaN(at.getTime()) ? null : at;
}
