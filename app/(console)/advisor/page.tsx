import type { Metadata } from "next";
import { FindingsPage } from "@/components/advisor/findings-page";

export const metadata: Metadata = { title: "Advisor" };

export default function Page() {
  return <FindingsPage />;
}
