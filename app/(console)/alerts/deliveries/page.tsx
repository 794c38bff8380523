import type { Metadata } from "next";
import { requirePageRole } from "@/lib/auth/page";
import { DeliveriesPage } from "@/components/notifications/deliveries/deliveries-page";

export const metadata: Metadata = { title: "Deliveries" };

export default async function Page() {
  await requirePageRole("admin");
  return <DeliveriesPage />;
}
