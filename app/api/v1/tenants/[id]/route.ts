import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { updateTenant } from "@/lib/workspace";
import { updateTenantSchema } from "@/lib/workspace/schemas";

export const PATCH = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => ({
  tenant: await updateTenant(ctx, params.id, await readJson(request, updateTenantSchema)),
}));
