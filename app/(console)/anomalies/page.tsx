import type { Metadata } from "next";
import { AnomaliesPage } from "@/components/anomalies/anomalies-page";

export const metadata: Metadata = { title: "Anomalies" };

export default function Page() {
  return <AnomaliesPage />;
}
