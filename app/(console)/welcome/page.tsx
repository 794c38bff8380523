import type { Metadata } from "next";
import { WelcomePage } from "@/components/welcome/welcome-page";
import { hasRole } from "@/lib/auth/actor";
import { getPageCtx } from "@/lib/auth/page";
import { listTenants } from "@/lib/workspace";
import { consoleAddress } from "../console-address";
import { readFleetRights } from "../fleet/read-fleet-rights";

export const metadata: Metadata = { title: "Connect a source" };

export default async function Page() {
  const ctx = await getPageCtx();
  const tenants = (await listTenants(ctx)).filter(({ archivedAt }) => archivedAt === null);
  return (
    <WelcomePage
      baseUrl={await consoleAddress()}
      // The same rule as POST /api/v1/api-keys, which is what decides.
      mayCreateKey={hasRole(ctx.actor, "admin") && ctx.actor.tenants === "all"}
      mayEnrol={(await readFleetRights()).enrol}
      tenants={tenants.map(({ id, name }) => ({ id, name }))}
      openedAt={ctx.now.toISOString()}
    />
  );
}
