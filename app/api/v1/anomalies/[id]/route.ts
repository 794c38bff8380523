import { judgeAnomaly } from "@/lib/alerts/anomaly";
import { feedbackSchema } from "@/lib/alerts/anomaly/schemas";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { readJson } from "@/lib/http";

/** `{"feedback":"real"}` or `"expected"`, with a note. */
export const PUT = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, request, params }) =>
  judgeAnomaly(ctx, requireUuid(params.id, "anomaly"), await readJson(request, feedbackSchema)),
);
