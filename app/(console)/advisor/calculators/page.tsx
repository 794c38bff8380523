import type { Metadata } from "next";
import { CalculatorList } from "@/components/calculators/calculator-list";

export const metadata: Metadata = { title: "Calculators" };

export default function Page() {
  return <CalculatorList />;
}
