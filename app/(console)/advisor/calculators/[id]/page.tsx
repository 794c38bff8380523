import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { CalculatorPage } from "@/components/calculators/calculator-page";
import { CALCULATORS } from "@/lib/advisor/calculators/catalogue";

interface Props {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  return { title: CALCULATORS.get(id)?.title ?? "Calculators" };
}

export default async function Page({ params }: Props) {
  const { id } = await params;
  if (!CALCULATORS.has(id)) notFound();
  return <CalculatorPage id={id} />;
}
