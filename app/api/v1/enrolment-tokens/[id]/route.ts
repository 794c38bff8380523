import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { revokeEnrolmentToken } from "@/lib/fleet";

export const DELETE = route<{ id: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params }) => ({
  enrolmentToken: await revokeEnrolmentToken(ctx, requireUuid(params.id, "enrolment token")),
}));
