import type { Metadata } from "next";
import { NewBudgetPage } from "@/components/budgets/edit-budget-page";

export const metadata: Metadata = { title: "New budget" };

export default function Page() {
  return <NewBudgetPage />;
}
