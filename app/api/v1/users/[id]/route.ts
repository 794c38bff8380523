import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { updateUserSchema } from "@/lib/auth/schemas";
import { updateUser } from "@/lib/auth/update-user";
import { readJson } from "@/lib/http";

export const PATCH = route<{ id: string }>({ role: "admin", scope: "admin" }, async ({ ctx, request, params }) => ({
  user: await updateUser(ctx, requireUuid(params.id, "user"), await readJson(request, updateUserSchema)),
}));
