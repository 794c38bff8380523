import type { Metadata } from "next";
import { CachingPage } from "@/components/caching/caching-page";

export const metadata: Metadata = { title: "Caching" };

export default function Page() {
  return <CachingPage />;
}
