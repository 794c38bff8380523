import type { Metadata } from "next";
import { NewChangePage } from "@/components/changes/draft/new-change-page";

export const metadata: Metadata = { title: "New change" };

export default function Page() {
  return <NewChangePage />;
}
