import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { testMatch } from "@/lib/pricing/manage";
import { testMatchSchema } from "@/lib/pricing/manage/schemas";

/** Which rule would price such a call, why, and what a sample usage would cost. Changes nothing. */
export const POST = route({ role: "analyst", scope: "read" }, async ({ ctx, request }) =>
  testMatch(ctx, await readJson(request, testMatchSchema)),
);
