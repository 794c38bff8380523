import { estimateSaving } from "@/lib/advisor/ledger";
import { estimateSchema } from "@/lib/advisor/ledger/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

/** Changes nothing. POST, because a draft does not fit into an address. */
export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) =>
  estimateSaving(ctx, await readJson(request, estimateSchema)),
);
