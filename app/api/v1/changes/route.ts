import { route } from "@/lib/auth/route";
import { changeDraftSchema } from "@/lib/changes/schemas";
import { createChange, getChange, listChanges } from "@/lib/changes/store";
import { readJson } from "@/lib/http";

/** `?status=open&author=me&policy=engine/pool/llama&text=…&before=…&limit=…` */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) =>
  listChanges(ctx, Object.fromEntries(url.searchParams)),
);

export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) => {
  const { id } = await createChange(ctx, await readJson(request, changeDraftSchema));
  return Response.json(await getChange(ctx, id), { status: 201, headers: { "cache-control": "no-store" } });
});
