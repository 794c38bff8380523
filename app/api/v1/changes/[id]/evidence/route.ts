import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { exportEvidence } from "@/lib/changes/store";

/** Verified offline by `npm run changes:verify`, byte by byte: it is sent as it was hashed. */
export const GET = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, params }) => {
  const id = requireUuid(params.id, "change");
  return new Response(await exportEvidence(ctx, id), {
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-disposition": `attachment; filename="change-${id}-evidence.json"`,
      "cache-control": "no-store",
    },
  });
});
