import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { getRollout } from "@/lib/changes/store";

export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getRollout(ctx, requireUuid(params.id, "rollout")),
);
