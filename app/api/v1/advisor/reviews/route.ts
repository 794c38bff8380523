import { listReviews, recordReview } from "@/lib/advisor/governance";
import { reviewSchema } from "@/lib/advisor/governance/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const dynamic = "force-dynamic";

export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => listReviews(ctx));

/** Look at the quarter now, and keep what was seen. */
export const POST = route({ role: "lead", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await recordReview(ctx, await readJson(request, reviewSchema)), { status: 201 }),
);
