/** A CSV of exchange rates with the columns day, currency and rate in any order. Broken lines are reported, the rest is kept. */
import type { z } from "zod";
import { readCsvLines } from "@/lib/csv/read-csv";
import { fxRateSchema, type FxImport } from "./schemas";

export type FxRate = z.output<typeof fxRateSchema>;

const NAMES = { day: ["day", "date"], currency: ["currency", "code"], rate: ["rate", "value"], source: ["source", "note"] };

export async function readRatesCsv(
  chunks: AsyncIterable<string>,
  source: string,
): Promise<{ rates: FxRate[]; problems: FxImport["problems"] }> {
  const rates: FxRate[] = [];
  const problems: FxImport["problems"] = [];
  let column: Record<keyof typeof NAMES, number> = { day: -1, currency: -1, rate: -1, source: -1 };
  for await (const part of readCsvLines(chunks)) {
    if ("header" in part) {
      const at = (names: readonly string[]) => part.header.findIndex((name) => names.includes(name.toLowerCase()));
      column = { day: at(NAMES.day), currency: at(NAMES.currency), rate: at(NAMES.rate), source: at(NAMES.source) };
      const missing = (["day", "currency", "rate"] as const).filter((name) => column[name] === -1);
      if (missing.length > 0) {
        return { rates: [], problems: [{ line: 1, problem: `The header lacks ${missing.join(", ")}.` }] };
      }
    } else if ("problem" in part) problems.push(part);
    else {
      const cell = (name: keyof typeof NAMES) => part.cells[column[name]]?.trim();
      const parsed = fxRateSchema.safeParse({
        day: cell("day"),
        currency: cell("currency"),
        rate: cell("rate"),
        source: cell("source") || source,
      });
      if (parsed.success) rates.push(parsed.data);
      else {
        const { path, message } = parsed.error.issues[0]!;
        problems.push({ line: part.line, problem: `${path.join(".")}: ${message}` });
      }
    }
  }
  return { rates, problems };
}
