import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { runWaterfall } from "@/lib/metrics/waterfall/run-waterfall";
import { waterfallQuerySchema } from "@/lib/metrics/waterfall/schemas";

export const dynamic = "force-dynamic";

/** Why cost changed between two periods: bars that add up to the difference, to the nano-dollar. */
export const POST = route({ role: "viewer", scope: "read" }, async ({ ctx, request }) =>
  Response.json(await runWaterfall(ctx, await readJson(request, waterfallQuerySchema))),
);
