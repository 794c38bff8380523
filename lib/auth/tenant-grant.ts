/** May this role have these tenants, and do they exist? Shared by making and changing a user. */
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { Role } from "./actor";

export async function requireTenantGrant(tx: Tx, role: Role, tenants: "all" | string[]): Promise<void> {
  if (tenants === "all") return;
  if (role === "admin") {
    throw new AppError("unprocessable", "An admin works for the whole workspace. Choose another role, or all tenants.", {
      field: "tenants",
    });
  }
  const known = await tx.tenant.findMany({ where: { id: { in: tenants } }, select: { id: true } });
  const missing = tenants.find((id) => !known.some((tenant) => tenant.id === id));
  if (missing !== undefined) {
    throw new AppError("unprocessable", `There is no tenant "${missing}". Create it under Settings → Tenants first.`, {
      field: "tenants",
    });
  }
}
