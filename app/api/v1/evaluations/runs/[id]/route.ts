import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { cancelEvaluation, getEvaluation } from "@/lib/changes/evaluation/change-runs";

export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getEvaluation(ctx, requireUuid(params.id, "evaluation")),
);

/** Cancels it. What was answered stays; it becomes no evidence. */
export const DELETE = route<{ id: string }>({ role: "analyst", scope: "admin" }, ({ ctx, params }) =>
  cancelEvaluation(ctx, requireUuid(params.id, "evaluation")),
);
