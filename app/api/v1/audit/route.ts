import { listAudit } from "@/lib/audit/list-audit";
import { listAuditSchema } from "@/lib/audit/schemas";
import { route } from "@/lib/auth/route";

export const GET = route({ role: "admin", scope: "admin" }, async ({ ctx, url }) =>
  listAudit(ctx, listAuditSchema.parse(Object.fromEntries(url.searchParams))),
);
