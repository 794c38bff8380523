/** What the person looking may do here. The API decides; this only spares a walk to a closed door. */
export interface FleetRights {
  /** Make enrolment tokens, and read what was ordered. */
  enrol: boolean;
  /** Revoke targets and release them from quarantine. */
  admin: boolean;
  /** Why not, when not. */
  why: string;
}

/** The fleet serves every tenant: whoever is limited to some only sees it. */
export function fleetRights({ lead, admin, limited }: { lead: boolean; admin: boolean; limited: boolean }): FleetRights {
  return {
    enrol: lead && !limited,
    admin: admin && !limited,
    why: limited
      ? "The fleet serves every tenant, and you are limited to some. Ask somebody who sees them all."
      : "Leads and admins enrol gateways and engine nodes. Ask one of them.",
  };
}
