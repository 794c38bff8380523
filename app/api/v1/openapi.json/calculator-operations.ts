/** The routes of calculators for the document: see operations.ts. */
import { z } from "zod";
import { calculateById, calculateSchema, listCalculators } from "@/lib/advisor/calculators";
import type { Operation } from "./operations";
import { inPath, inQuery } from "./shapes";

const inputs = z.record(z.string(), z.string()).describe("Field → decimal text, or the value of a choice");
const line = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  value: z.string().nullable().describe("Exact decimal text; null: there is no such number"),
  lead: z.literal(true).optional(),
});
const outcome = z.object({
  lines: z.array(line),
  verdict: z.object({ word: z.string(), tone: z.enum(["good", "caution", "bad", "neutral"]), reason: z.string() }).optional(),
  notes: z.array(z.string()).optional(),
});
const field = z.looseObject({ id: z.string(), kind: z.enum(["number", "choice"]), label: z.string(), initial: z.string() });

export const CALCULATOR_SCHEMAS = {
  CalculatorList: {
    schema: z.object({
      calculators: z.array(
        z.object({
          id: z.string(),
          title: z.string(),
          question: z.string(),
          group: z.string(),
          fields: z.array(field),
          differs: z.boolean().describe("False: both modes are one formula"),
          corrections: z.array(z.string()),
        }),
      ),
    }),
    io: "output",
  },
  Calculate: { schema: calculateSchema, io: "input" },
  Calculation: {
    schema: z.object({
      inputs,
      corrected: outcome.describe("Exact decimals, defects fixed"),
      published: outcome.describe("The arithmetic of the article, its roundings and verdicts"),
      differences: z.array(
        z.object({ label: z.string(), unit: z.string(), published: z.string().nullable(), corrected: z.string().nullable() }),
      ),
    }),
    io: "output",
  },
  OwnNumbers: {
    schema: z.object({
      from: z.string(),
      to: z.string(),
      values: z.record(z.string(), z.object({ value: z.string(), from: z.string().describe("Where it comes from, in words") })),
    }),
    io: "output",
  },
} as const;

const id = inPath("id", "Id of the calculator, see GET /api/v1/advisor/calculators", { type: "string" });

export const CALCULATOR_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/v1/advisor/calculators",
    id: "list_calculators",
    tag: "read",
    scope: "read",
    summary: "Every calculator with its fields, and what its corrected mode corrects.",
    answers: {
      "200": {
        description: "All calculators",
        schema: "CalculatorList",
        example: { calculators: listCalculators().slice(0, 1) },
      },
    },
    refusals: [401, 403, 503],
  },
  {
    method: "post",
    path: "/api/v1/advisor/calculators/{id}",
    id: "calculate",
    tag: "read",
    scope: "read",
    summary: "One calculation, as published and corrected, and where they differ. `format=csv` for a spreadsheet. Changes nothing.",
    parameters: [id, inQuery("format", "csv: as a file")],
    body: { schema: "Calculate", types: ["application/json"], example: { inputs: { requests: "1000000", hitRate: "18" } } },
    answers: {
      "200": { description: "Both modes", schema: "Calculation", example: calculateById("llm-cost", {}) },
    },
    refusals: [400, 401, 403, 404, 413, 415, 503],
  },
  {
    method: "get",
    path: "/api/v1/advisor/calculators/{id}/own",
    id: "read_own_numbers",
    tag: "read",
    scope: "read",
    summary: "What own telemetry says of a calculator's fields.",
    parameters: [
      id,
      inQuery("from", "Inclusive start", true),
      inQuery("to", "Exclusive end", true),
      inQuery("tenant", "Only of this tenant"),
      inQuery("endpoint", "Only of this endpoint"),
    ],
    answers: {
      "200": {
        description: "The fields that telemetry can fill",
        schema: "OwnNumbers",
        example: {
          from: "2026-10-21T00:00:00.000Z",
          to: "2026-11-20T00:00:00.000Z",
          values: { requests: { value: "812345", from: "requests, scaled to a month of 730 hours" } },
        },
      },
    },
    refusals: [400, 401, 403, 404, 503],
  },
];
