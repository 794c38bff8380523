import { route } from "@/lib/auth/route";
import { listMetrics } from "@/lib/metrics";
import { DIMENSIONS, GRAINS } from "@/lib/metrics/schemas";

export const dynamic = "force-dynamic";

/** Every metric with its unit, direction and formula, and what it can be split by. */
export const GET = route({ role: "viewer", scope: "read" }, async () => ({
  metrics: listMetrics(),
  dimensions: DIMENSIONS,
  grains: GRAINS,
}));
