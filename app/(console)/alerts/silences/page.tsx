import type { Metadata } from "next";
import { requirePageRole } from "@/lib/auth/page";
import { SilencesPage } from "@/components/notifications/silences/silences-page";

export const metadata: Metadata = { title: "Silences" };

export default async function Page() {
  await requirePageRole("lead");
  return <SilencesPage />;
}
