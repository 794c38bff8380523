import type { Metadata } from "next";
import { ChangePage } from "@/components/changes/change/change-page";

export const metadata: Metadata = { title: "Change" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ChangePage key={id} id={id} />;
}
