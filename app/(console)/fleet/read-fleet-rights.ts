import { fleetRights, type FleetRights } from "@/components/fleet/rights";
import { hasRole } from "@/lib/auth/actor";
import { getPageCtx } from "@/lib/auth/page";

/** The same rules as the API's, which is what decides. */
export async function readFleetRights(): Promise<FleetRights> {
  const { actor } = await getPageCtx();
  return fleetRights({ lead: hasRole(actor, "lead"), admin: hasRole(actor, "admin"), limited: actor.tenants !== "all" });
}
