import { createTerm, listTerms } from "@/lib/allocation";
import { createTermSchema } from "@/lib/allocation/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const GET = route({ role: "analyst", scope: "read" }, ({ ctx }) => listTerms(ctx));

/** States what GPUs were bought on, what comes on top, or who pays for idle. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createTerm(ctx, await readJson(request, createTermSchema)), { status: 201 }),
);
