/** What exchange rates take and answer. Pure: pages import the types. */
import { z } from "zod";
import { isCurrency } from "./currencies";

export const currencySchema = z
  .string()
  .trim()
  .toUpperCase()
  .refine(isCurrency, { error: "is not a currency of ISO 4217; write one like EUR" });

const RATE = /^\d{1,9}(\.\d{1,9})?$/;

export const fxRateSchema = z.strictObject({
  currency: currencySchema.refine((code) => code !== "USD", { error: "is USD itself: one dollar is one dollar" }),
  day: z.iso.date().describe("First day on which it holds"),
  rate: z
    .string()
    .trim()
    .regex(RATE, "must be a decimal like 0.9213 with at most 9 decimals")
    .refine((rate) => Number(rate) > 0, { error: "must be more than 0" })
    .describe("Units of the currency for one US dollar"),
  source: z.string().trim().min(1).max(200).default("entered by hand"),
});

export const setFxRatesSchema = z.strictObject({ rates: z.array(fxRateSchema).min(1).max(5_000) });

export interface FxRateView {
  id: number;
  currency: string;
  day: string;
  rate: string;
  source: string;
  createdAt: string;
  createdBy: string;
}

export interface FxImport {
  stored: number;
  unchanged: number;
  /** Lines that were left out, and why. The first line of the file is 1. */
  problems: { line: number; problem: string }[];
}
