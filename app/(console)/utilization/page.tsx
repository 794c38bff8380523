import type { Metadata } from "next";
import { UtilizationPage } from "@/components/utilization/utilization-page";

export const metadata: Metadata = { title: "Utilization" };

export default function Page() {
  return <UtilizationPage />;
}
