import { z } from "zod";
import { verifyAudit } from "@/lib/audit/verify-audit";
import { route } from "@/lib/auth/route";

const expectedSchema = z
  .strictObject({ seq: z.string().regex(/^\d{1,18}$/), hash: z.string().regex(/^[0-9a-f]{64}$/) })
  .optional()
  .describe("A head written down earlier");

/** Walk the whole chain. With `?seq=…&hash=…` it must also still hold that event. */
export const GET = route({ role: "admin", scope: "admin" }, async ({ ctx, url }) => {
  const given = url.searchParams.size > 0 ? Object.fromEntries(url.searchParams) : undefined;
  return verifyAudit(ctx, expectedSchema.parse(given));
});
