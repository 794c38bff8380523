import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { listEvaluations } from "@/lib/changes/evaluation/change-runs";
import { startEvaluation } from "@/lib/changes/evaluation/start-evaluation";
import { config } from "@/lib/config";
import { startEvaluationSchema } from "@/lib/evaluations/schemas";
import { readJson } from "@/lib/http";

export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  listEvaluations(ctx, requireUuid(params.id, "change")),
);

export const POST = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "change");
  const wish = await readJson(request, startEvaluationSchema);
  return Response.json(await startEvaluation(ctx, id, wish, config().HEADROOM_EVALUATION_HOSTS), { status: 201 });
});
