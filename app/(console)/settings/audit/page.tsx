import type { Metadata } from "next";
import { AuditSettings } from "@/components/settings/audit-settings";
import { requirePageRole } from "@/lib/auth/page";

export const metadata: Metadata = { title: "Audit log" };

export default async function AuditPage() {
  await requirePageRole("admin");
  return <AuditSettings />;
}
