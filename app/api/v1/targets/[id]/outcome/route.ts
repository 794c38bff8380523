import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { readOutcome } from "@/lib/policies/store";

/** What the policies in force mean for this target: has it, gets it, or cannot have it, and why. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, async ({ ctx, params }) =>
  readOutcome(ctx, requireUuid(params.id, "target")),
);
