import type { Metadata } from "next";
import { RulePage } from "@/components/alerts/rules/rule-page";

export const metadata: Metadata = { title: "Alert rule" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <RulePage key={id} id={id} />;
}
