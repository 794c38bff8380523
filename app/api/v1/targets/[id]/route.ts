import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { getTarget } from "@/lib/fleet";

/** One target with its newest orders and what it said of them. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, async ({ ctx, params }) =>
  getTarget(ctx, requireUuid(params.id, "target")),
);
