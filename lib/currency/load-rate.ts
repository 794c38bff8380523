import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";
import { toNanoUsd, type MinorUnits } from "@/lib/money";
import { currencyDigits } from "./currencies";
import { findRate } from "./store";

export interface CurrencyRate extends MinorUnits {
  currency: string;
  /** Units of the currency for one dollar, decimal text. */
  rate: string;
  /** The day that the rate was stated for; null for USD. */
  day: string | null;
  source: string | null;
}

/** The rate of exchange that holds on a day (yyyy-mm-dd). Throws `unprocessable` where nobody stated one. */
export async function loadRate(db: Pick<Db, "pool">, currency: string, day: string): Promise<CurrencyRate> {
  const digits = currencyDigits(currency);
  if (currency === "USD") return { currency, digits, rate: "1", rateNano: 1_000_000_000n, day: null, source: null };
  const found = await findRate(db.pool, currency, day);
  if (!found) {
    throw new AppError(
      "unprocessable",
      `There is no exchange rate for ${currency} on or before ${day}. An admin enters it under Pricing → Currencies.`,
      { field: "currency" },
    );
  }
  // Nine decimals are what a rate has, and what nano-units are.
  return { currency, digits, rate: found.rate, rateNano: toNanoUsd(found.rate), day: found.day, source: found.source };
}
