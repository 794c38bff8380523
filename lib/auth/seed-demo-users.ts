import { appendAudit } from "@/lib/audit";
import type { Db } from "@/lib/db";
import { SYSTEM_ACTOR } from "./actor";
import { DEMO_PASSWORD, DEMO_PEOPLE } from "./demo-people";
import { hashPassword } from "./password";

/**
 * The demo logins. Safe at every start: who is there stays as they are. `viewerTenant` must exist: the viewer is
 * limited to it. Call only for a demo workspace: the passwords are public.
 */
export async function seedDemoUsers(db: Db, now: Date, viewerTenant: string): Promise<void> {
  for (const { email, name, role, limited } of DEMO_PEOPLE) {
    if (await db.prisma.user.findUnique({ where: { email } })) continue;
    const passwordHash = await hashPassword(DEMO_PASSWORD);
    await db.prisma.$transaction(async (tx) => {
      const tenants = limited ? { create: [{ tenantId: viewerTenant }] } : {};
      const user = await tx.user.create({
        data: { email, name, role, passwordHash, tenantLimited: limited, mayBreakGlass: role === "admin", tenants },
      });
      const data = { email, role, tenants: limited ? [viewerTenant] : "all", by: "demo" };
      await appendAudit(tx, { actor: SYSTEM_ACTOR, now }, { action: "user.create", subject: `user:${user.id}`, data });
    });
  }
}
