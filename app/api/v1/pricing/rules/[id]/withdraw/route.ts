import { route } from "@/lib/auth/route";
import { AppError, readJson } from "@/lib/http";
import { withdrawRule } from "@/lib/pricing/manage";
import { withdrawRuleSchema } from "@/lib/pricing/manage/schemas";

/** Take an override out of the book; it stays to explain what it priced. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => {
  if (!/^[1-9]\d{0,8}$/.test(params.id)) throw new AppError("not_found", "There is no such price rule.");
  return withdrawRule(ctx, Number(params.id), await readJson(request, withdrawRuleSchema));
});
