import type { Metadata } from "next";
import { BudgetPage } from "@/components/budgets/budget-page";

export const metadata: Metadata = { title: "Budget" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <BudgetPage key={id} id={id} />;
}
