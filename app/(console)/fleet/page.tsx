import type { Metadata } from "next";
import { FleetPage } from "@/components/fleet/fleet-page";
import { consoleAddress } from "../console-address";
import { readFleetRights } from "./read-fleet-rights";

export const metadata: Metadata = { title: "Fleet" };

export default async function Page() {
  return <FleetPage rights={await readFleetRights()} consoleUrl={await consoleAddress()} />;
}
