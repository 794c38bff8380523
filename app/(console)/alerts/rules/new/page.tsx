import type { Metadata } from "next";
import { NewRulePage } from "@/components/alerts/rules/new-rule-page";

export const metadata: Metadata = { title: "New alert rule" };

export default function Page() {
  return <NewRulePage />;
}
