import { requireRole, requireScope, type Ctx } from "@/lib/auth/actor";
import { csvHeader, csvLine } from "./csv";
import { runQuery } from "./run-query";
import { metricQuerySchema, type MetricQuery } from "./schemas";

const ROWS_A_CHUNK = 500;

/** A query as a CSV file, written piece by piece. Needs the role analyst, or an API key that may read. */
export async function exportQuery(ctx: Ctx, query: MetricQuery): Promise<ReadableStream<Uint8Array>> {
  if (ctx.actor.kind === "api_key") requireScope(ctx.actor, "read");
  else requireRole(ctx, "analyst");
  const parsed = metricQuerySchema.parse(query);
  const { rows } = await runQuery(ctx, parsed);
  const metrics = [...new Set(parsed.metrics)];
  const shape = { grain: parsed.grain, groupBy: [...new Set(parsed.groupBy)], metrics, compare: parsed.compare !== undefined };
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(csvHeader(shape)));
    },
    pull(controller) {
      const chunk = rows.slice(next, next + ROWS_A_CHUNK);
      next += chunk.length;
      if (chunk.length === 0) controller.close();
      else controller.enqueue(encoder.encode(chunk.map((row) => csvLine(row, shape)).join("")));
    },
  });
}
