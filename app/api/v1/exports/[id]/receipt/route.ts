import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { readReceipt } from "@/lib/exports";

export const dynamic = "force-dynamic";

/** What the rows of a FOCUS file were checked for, and what they add up to. */
export const GET = route<{ id: string }>({ role: "analyst", scope: "read" }, async ({ ctx, params }) => {
  const receipt = await readReceipt(ctx, requireUuid(params.id, "export"));
  return new Response(JSON.stringify(receipt, null, 2), {
    headers: {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="${receipt.file}.receipt.json"`,
      "cache-control": "no-store",
    },
  });
});
