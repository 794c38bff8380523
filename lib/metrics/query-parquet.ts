import { parquetWriteBuffer, type SchemaElement } from "hyparquet-writer";
import { requireRole, requireScope, type Ctx } from "@/lib/auth/actor";
import { Decimal } from "@/lib/money";
import { runQuery } from "./run-query";
import { metricQuerySchema, type MetricQuery, type MetricRow } from "./schemas";

/** Numbers are DECIMAL(38,18): money and ratios stay exact where a double would not. */
const SCALE = 18;
const DECIMAL_BYTES = 16;
const UNIT = new Decimal(10).pow(SCALE);

/** A query as a Parquet file. Needs the role analyst, or an API key that may read. */
export async function queryParquet(ctx: Ctx, query: MetricQuery): Promise<Uint8Array> {
  if (ctx.actor.kind === "api_key") requireScope(ctx.actor, "read");
  else requireRole(ctx, "analyst");
  const parsed = metricQuerySchema.parse(query);
  const { rows } = await runQuery(ctx, parsed);
  const text = [...(parsed.grain === "total" ? [] : ["bucket"]), ...new Set(parsed.groupBy)];
  const metrics = [...new Set(parsed.metrics)];
  const schema: SchemaElement[] = [
    { name: "metrics", num_children: text.length + metrics.length },
    ...text.map((name): SchemaElement => ({ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" })),
    ...metrics.map((name): SchemaElement => ({
      name,
      type: "FIXED_LEN_BYTE_ARRAY",
      type_length: DECIMAL_BYTES,
      converted_type: "DECIMAL",
      precision: 38,
      scale: SCALE,
      repetition_type: "OPTIONAL",
    })),
  ];
  const columnData = [
    ...text.map((name) => ({ name, data: rows.map((row) => String(row[name] ?? "")) })),
    ...metrics.map((name) => ({ name, data: rows.map((row) => unscaled(row, name)) })),
  ];
  return new Uint8Array(parquetWriteBuffer({ schema, columnData, createdBy: "Headroom" }));
}

function unscaled(row: MetricRow, metric: string): bigint | null {
  const cell = row[metric];
  const value = cell && typeof cell === "object" ? cell.value : null;
  return value === null ? null : BigInt(new Decimal(value).mul(UNIT).toFixed(0));
}
