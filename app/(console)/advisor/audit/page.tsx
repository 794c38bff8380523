import type { Metadata } from "next";
import { AuditPage } from "@/components/advisor/audit-page";

export const metadata: Metadata = { title: "Workload audit" };

export default function Page() {
  return <AuditPage />;
}
