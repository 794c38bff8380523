import type { Metadata } from "next";
import { TargetPage } from "@/components/fleet/target/target-page";
import { readFleetRights } from "../read-fleet-rights";

export const metadata: Metadata = { title: "Target" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <TargetPage id={id} rights={await readFleetRights()} />;
}
