import type { Metadata } from "next";
import { TenantsSettings } from "@/components/settings/tenants-settings";
import { requirePageRole } from "@/lib/auth/page";

export const metadata: Metadata = { title: "Tenants" };

export default async function TenantsPage() {
  await requirePageRole("admin");
  return <TenantsSettings />;
}
