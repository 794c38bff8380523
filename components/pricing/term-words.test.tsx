import { describe, expect, it } from "vitest";
import { createTermSchema, TERM_KINDS, termSchema } from "@/lib/allocation/schemas";
import { FIELDS, termsOf, wordTerms, type FieldValues } from "./term-words";

const TYPED: Record<(typeof TERM_KINDS)[number], FieldValues> = {
  reserved: { gpuType: "H100", gpuCount: "8", upfrontUsd: "140160", hourlyUsd: "1", termHours: "8760" },
  owned: { gpuType: "L4", region: "eu-west-1", gpuCount: "4", capexUsd: "12000", lifeHours: "26280" },
  line: { name: "network", usdPerGpuHour: "0.05" },
  energy: { region: "eu-west-1", pue: "1.2", usdPerKwh: "0.18", kgCo2PerKwh: "0.2" },
  idle: { pool: "llama-8b", mode: "owner-pays", owner: "acme" },
  sharing: { node: "n1", host: "h1", mode: "mig", slices: "3", ofSlices: "7" },
};

const SAID: Record<(typeof TERM_KINDS)[number], string> = {
  reserved: "8 × H100 in every region: $140160 upfront over 8760 h and $1 per GPU-hour",
  owned: "4 × L4 in eu-west-1: $12000 over 26280 h of life",
  line: "network: $0.05 per GPU-hour of every pool",
  energy: "eu-west-1: PUE 1.2, $0.18 and 0.2 kg CO₂ per kWh",
  idle: "llama-8b: owner-pays, acme",
  sharing: "n1: 3 of 7 slices of h1",
};

describe("the form of a GPU cost term", () => {
  it.each(TERM_KINDS)("%s: what is typed is what the API takes, and can be said in words", (kind) => {
    const terms = termSchema.parse(termsOf(kind, TYPED[kind]));
    expect(wordTerms(terms)).toBe(SAID[kind]);
    expect(createTermSchema.safeParse({ terms: termsOf(kind, TYPED[kind]), note: "x" }).success).toBe(true);
    expect(Object.keys(TYPED[kind]).filter((name) => !FIELDS[kind].some((field) => field.name === name))).toEqual([]);
  });

  it("refuses an owner without owner-pays, a PUE below 1, and more slices than there are", () => {
    const refused = (kind: (typeof TERM_KINDS)[number], values: FieldValues) =>
      termSchema.safeParse(termsOf(kind, { ...TYPED[kind], ...values })).success;
    expect(refused("idle", { mode: "weighted" })).toBe(false);
    expect(refused("energy", { pue: "0.9" })).toBe(false);
    expect(refused("sharing", { slices: "8" })).toBe(false);
  });
});
