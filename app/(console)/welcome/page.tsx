import type { Metadata } from "next";
import { headers } from "next/headers";
import { WelcomePage } from "@/components/welcome/welcome-page";
import { hasRole } from "@/lib/auth/actor";
import { getPageCtx } from "@/lib/auth/page";
import { config } from "@/lib/config";
import { listTenants } from "@/lib/workspace";

export const metadata: Metadata = { title: "Connect a source" };

export default async function Page() {
  const ctx = await getPageCtx();
  const tenants = (await listTenants(ctx)).filter(({ archivedAt }) => archivedAt === null);
  return (
    <WelcomePage
      baseUrl={await addressOf()}
      // The same rule as POST /api/v1/api-keys, which is what decides.
      mayCreateKey={hasRole(ctx.actor, "admin") && ctx.actor.tenants === "all"}
      tenants={tenants.map(({ id, name }) => ({ id, name }))}
      openedAt={ctx.now.toISOString()}
    />
  );
}

/** The address under which this person reached the console, unless the operator has named the public one. */
async function addressOf(): Promise<string> {
  const { HEADROOM_URL, publicUrl } = config();
  if (HEADROOM_URL) return HEADROOM_URL.replace(/\/+$/, "");
  const head = await headers();
  const host = head.get("host");
  return host ? `${head.get("x-forwarded-proto") ?? "http"}://${host}` : publicUrl;
}
