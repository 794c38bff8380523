/**
 * A change on trial at a gateway: all layers with the change applied, beside the ones in force, and who runs under them.
 * Assignment is sticky and pure: the same key is in or out on every gateway, and a larger share only adds.
 */
import { z } from "zod";
import { stableShare } from "./stable-share";

export const experimentSchema = z.strictObject({
  id: z.string().min(1).max(120).describe("Salt of the assignment: the next experiment is tried on other people"),
  mode: z.enum(["serve", "shadow"]).describe("shadow: answered as before, and a copy goes where the change would send it"),
  sharePercent: z.number().min(0).max(100),
  sticky: z.enum(["request", "user", "tenant", "action"]).describe("What keeps its arm from one request to the next"),
  /** Checked as a policy file's. */
  layers: z.array(z.unknown()),
});
export type Experiment = z.infer<typeof experimentSchema>;

export interface AssignmentKeys {
  requestId: string;
  tenant: string;
  user: string | null;
  actionId: string | null;
}

export function isInExperiment({ id, sticky, sharePercent }: Omit<Experiment, "layers" | "mode">, keys: AssignmentKeys): boolean {
  const who = { request: keys.requestId, user: keys.user, tenant: keys.tenant, action: keys.actionId }[sticky];
  // A user id is only unique within its tenant. Who names none is drawn by request.
  const key = who === null ? ["request", keys.requestId] : [sticky, sticky === "user" ? keys.tenant : "", who];
  return stableShare(JSON.stringify(["experiment", id, ...key])) * 100 < sharePercent;
}
