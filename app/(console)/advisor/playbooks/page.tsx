import type { Metadata } from "next";
import { PlaybooksPage } from "@/components/playbooks/playbooks-page";

export const metadata: Metadata = { title: "Playbooks" };

export default function Page() {
  return <PlaybooksPage />;
}
