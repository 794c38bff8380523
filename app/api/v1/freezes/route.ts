import { route } from "@/lib/auth/route";
import { freezeSchema } from "@/lib/changes/schemas";
import { createFreeze, listFreezes } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listFreezes(ctx));

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) => {
  const made = await createFreeze(ctx, await readJson(request, freezeSchema));
  return Response.json(made, { status: 201, headers: { "cache-control": "no-store" } });
});
