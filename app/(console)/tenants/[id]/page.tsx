import type { Metadata } from "next";
import { TenantPage } from "@/components/statements/tenant-page";

export const metadata: Metadata = { title: "Tenant" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <TenantPage id={decode(id)} />;
}

/** Senders choose ids; one with a stray % is taken as it stands. */
function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
