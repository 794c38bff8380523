import { resetUserPassword } from "@/lib/auth/reset-user-password";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";

/** A made password for somebody who lost theirs, shown once. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params }) =>
  resetUserPassword(ctx, requireUuid(params.id, "user")),
);
