/** The contract of `POST /api/v1/waterfall`. Money is decimal text in dollars. */
import { z } from "zod";
import { metricQuerySchema } from "../schemas";
import { DRIVERS } from "./drivers";

export const waterfallQuerySchema = z.strictObject({
  from: metricQuerySchema.shape.from,
  to: metricQuerySchema.shape.to,
  filters: metricQuerySchema.shape.filters,
  compare: metricQuerySchema.shape.compare
    .unwrap()
    .default("previous")
    .describe("The period before: previous, last_week, or one of your own"),
});
export type WaterfallQuery = z.input<typeof waterfallQuerySchema>;

const usd = z.string().describe("Exact decimal text, dollars");
const driversSchema = z.record(z.enum(DRIVERS), usd);

export const waterfallSchema = z.object({
  before: z.object({ from: z.string(), to: z.string(), costUsd: usd, requests: z.string() }),
  after: z.object({ from: z.string(), to: z.string(), costUsd: usd, requests: z.string() }),
  drivers: driversSchema.describe(
    "Over the models that both periods have. With the new and retired models: after − before, exactly",
  ),
  models: z
    .array(
      z.object({
        provider: z.string(),
        model: z.string(),
        state: z.enum(["continuing", "new", "retired"]),
        beforeUsd: usd,
        afterUsd: usd,
        drivers: driversSchema,
      }),
    )
    .describe("Largest change first"),
  warnings: z.array(z.string()),
});
export type WaterfallResult = z.infer<typeof waterfallSchema>;
