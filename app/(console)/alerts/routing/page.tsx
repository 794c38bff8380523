import type { Metadata } from "next";
import { requirePageRole } from "@/lib/auth/page";
import { RoutingPage } from "@/components/notifications/routing/routing-page";

export const metadata: Metadata = { title: "Routing" };

export default async function Page() {
  await requirePageRole("admin");
  return <RoutingPage />;
}
