import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { createRepricing, listRepricings } from "@/lib/repricing";
import { createRepricingSchema } from "@/lib/repricing/schemas";

export const GET = route({ role: "analyst", scope: "read" }, ({ ctx }) => listRepricings(ctx));

/** Starts the dry run. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createRepricing(ctx, await readJson(request, createRepricingSchema)), { status: 201 }),
);
