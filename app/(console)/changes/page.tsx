import type { Metadata } from "next";
import { ChangesPage } from "@/components/changes/changes-page";

export const metadata: Metadata = { title: "Changes" };

export default function Page() {
  return <ChangesPage />;
}
