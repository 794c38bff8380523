import type { Metadata } from "next";
import { requirePageRole } from "@/lib/auth/page";
import { ChannelsPage } from "@/components/notifications/channels/channels-page";

export const metadata: Metadata = { title: "Channels" };

export default async function Page() {
  await requirePageRole("admin");
  return <ChannelsPage />;
}
