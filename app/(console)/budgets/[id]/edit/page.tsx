import type { Metadata } from "next";
import { EditBudgetPage } from "@/components/budgets/edit-budget-page";

export const metadata: Metadata = { title: "Edit budget" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <EditBudgetPage key={id} id={id} />;
}
