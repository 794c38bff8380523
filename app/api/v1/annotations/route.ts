import { route } from "@/lib/auth/route";
import { readAnnotations } from "@/lib/metrics/annotations";
import { ANNOTATION_SOURCES } from "./sources";

export const dynamic = "force-dynamic";

/** What happened that a chart should say: rollouts, price changes of models in use. `?from=&to=` */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) => {
  const period = { from: url.searchParams.get("from") ?? "", to: url.searchParams.get("to") ?? "" };
  return { annotations: await readAnnotations(ctx, ANNOTATION_SOURCES, period) };
});
