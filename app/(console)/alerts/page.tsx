import type { Metadata } from "next";
import { IncidentsPage } from "@/components/alerts/incidents/incidents-page";

export const metadata: Metadata = { title: "Alerts" };

export default function Page() {
  return <IncidentsPage />;
}
