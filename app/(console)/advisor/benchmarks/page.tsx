import type { Metadata } from "next";
import { BenchmarksPage } from "@/components/benchmarks/benchmarks-page";

export const metadata: Metadata = { title: "Latency benchmarks" };

export default function Page() {
  return <BenchmarksPage />;
}
