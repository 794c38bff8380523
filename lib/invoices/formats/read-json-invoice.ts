/**
 * Answers of the providers' own cost and usage interfaces, saved as JSON: OpenAI organization/costs and usage/completions (days of
 * UTC), Anthropic cost_report (cents as decimal text; its Priority Tier never appears). Several pages may be one array.
 */
import { z } from "zod";
import { Decimal } from "@/lib/money";
import type { InvoiceLineDraft, ReadInvoice } from "../schemas";
import { meterOf, modelOf, numberText } from "./read-line";

const bucket = z.looseObject({
  start_time: z.number().optional(),
  end_time: z.number().optional(),
  starting_at: z.string().optional(),
  ending_at: z.string().optional(),
  results: z.array(z.record(z.string(), z.unknown())),
});
const page = z.looseObject({ data: z.array(z.unknown()) });

type Result = Record<string, unknown>;
type Line = Omit<InvoiceLineDraft, "line" | "from" | "to">;

/** Problems are numbered like lines: the first result of the file is 1. */
export function readJsonInvoice(text: string): ReadInvoice {
  const broken = (problem: string): ReadInvoice => ({
    format: "openai-costs",
    provider: null,
    number: null,
    currency: "USD",
    lines: [],
    problems: [{ line: 1, problem }],
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return broken("The file is not JSON.");
  }
  const pages = z.array(page).safeParse(Array.isArray(parsed) ? parsed : [parsed]);
  if (!pages.success) return broken("It has no list `data`: save the whole answer of the interface.");
  const invoice: ReadInvoice = { format: "openai-costs", provider: null, number: null, currency: "", lines: [], problems: [] };
  let line = 0;
  for (const raw of pages.data.flatMap(({ data }) => data)) {
    const read = bucket.safeParse(raw);
    const period = read.success ? periodOf(read.data) : null;
    if (!read.success || !period) {
      line += 1;
      invoice.problems.push({ line, problem: "A bucket without results or without a period." });
      continue;
    }
    for (const result of read.data.results) {
      line += 1;
      const lines = readResult(result, invoice);
      if (typeof lines === "string") invoice.problems.push({ line, problem: lines });
      else for (const one of lines) invoice.lines.push({ ...one, line: invoice.lines.length + 1, ...period });
    }
  }
  return { ...invoice, currency: invoice.currency || "USD" };
}

function periodOf(read: z.output<typeof bucket>): { from: string; to: string } | null {
  const at = (seconds: number | undefined, iso: string | undefined) =>
    new Date(seconds === undefined ? (iso ?? "") : seconds * 1_000);
  const [from, to] = [at(read.start_time, read.starting_at), at(read.end_time, read.ending_at)];
  return Number.isNaN(from.getTime()) || Number.isNaN(to.getTime()) || to <= from
    ? null
    : { from: from.toISOString(), to: to.toISOString() };
}

function readResult(result: Result, invoice: ReadInvoice): Line[] | string {
  if (result["object"] === "organization.costs.result") return openAiCost(result, invoice);
  if (String(result["object"] ?? "").startsWith("organization.usage.")) return openAiUsage(result, invoice);
  if ("amount" in result && ("cost_type" in result || "currency" in result)) return anthropicCost(result, invoice);
  return "It is no result of OpenAI costs, OpenAI usage or Anthropic cost_report.";
}

const NO_PRICE = { lineId: null, category: "usage" as const, quantity: null, unitPrice: null };

function openAiCost(result: Result, invoice: ReadInvoice): Line[] | string {
  const { value, currency } = (result["amount"] ?? {}) as Result;
  const amount = numberText(value);
  if (amount === null) return "The amount is no number.";
  Object.assign(invoice, { format: "openai-costs", provider: "openai", currency: String(currency ?? "usd").toUpperCase() });
  const item = typeof result["line_item"] === "string" ? result["line_item"] : "";
  // "gpt-4.1, cached input"
  const [model, ...rest] = item.split(",");
  const meter = meterOf(rest.join(","));
  return [
    {
      ...NO_PRICE,
      sku: item || "everything",
      model: meter && model ? modelOf(model) : null,
      meter,
      description: item || "Not grouped by line item",
      amount,
    },
  ];
}

const USAGE_METERS: Record<string, string> = {
  input_cached_tokens: "cacheRead",
  output_tokens: "output",
  input_audio_tokens: "audioIn",
  output_audio_tokens: "audioOut",
};

/** Quantities without amounts: they tell price from quantity where the costs say only dollars. */
function openAiUsage(result: Result, invoice: ReadInvoice): Line[] | string {
  if (typeof result["model"] !== "string") return "Usage without a model: ask for it grouped by model.";
  Object.assign(invoice, { format: "openai-usage", provider: "openai", currency: "USD" });
  const tokens = (name: string) => numberText(result[name] ?? 0) ?? "0";
  const model = modelOf(result["model"]);
  const quantities: [string, string][] = Object.entries(USAGE_METERS).map(([name, meter]) => [meter, tokens(name)]);
  // Their input holds the cached and the audio part; ours are disjoint.
  const input = new Decimal(tokens("input_tokens")).sub(tokens("input_cached_tokens")).sub(tokens("input_audio_tokens"));
  if (input.isNegative()) return "The cached and audio tokens are more than the input tokens.";
  quantities.push(["input", input.toFixed()]);
  return quantities
    .filter(([, quantity]) => quantity !== "0")
    .map(([meter, quantity]) => ({
      ...NO_PRICE,
      sku: `${model}, ${meter}`,
      model,
      meter,
      description: `${model}, ${meter} (quantity only)`,
      quantity,
      amount: "0",
    }));
}

function anthropicCost(result: Result, invoice: ReadInvoice): Line[] | string {
  const cents = numberText(result["amount"]);
  if (cents === null) return "The amount is no decimal text.";
  Object.assign(invoice, {
    format: "anthropic-cost-report",
    provider: "anthropic",
    currency: String(result["currency"] ?? "USD").toUpperCase(),
  });
  const model = typeof result["model"] === "string" ? modelOf(result["model"]) : null;
  const meter = typeof result["token_type"] === "string" ? meterOf(result["token_type"]) : null;
  const description =
    typeof result["description"] === "string"
      ? result["description"]
      : String(result["cost_type"] ?? "Not grouped by description");
  return [{ ...NO_PRICE, sku: description, model, meter, description, amount: new Decimal(cents).div(100).toFixed() }];
}
