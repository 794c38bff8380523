import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { publishDesired } from "@/lib/fleet";
import { citationsFor } from "./citations";
import { policySetOf } from "./policy-set";
import { renderTargets } from "./render-targets";
import type { TargetOutcome } from "./schemas";
import { loadHeads, loadTargets, lockPolicies } from "./store";

/**
 * What is in force, to one target: when it enrols, or when what it can do changed. Null when there is no such target or
 * it is revoked. It authorises nothing: whoever let the target in has decided that. lib/fleet does not know this folder;
 * the programs that enrol compose the two.
 */
export async function publishToTarget(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  targetId: string,
  reason = "What is in force, at enrolment",
): Promise<TargetOutcome | null> {
  // A save that commits between reading and ordering would leave this target behind.
  await lockPolicies(tx);
  const targets = await loadTargets(tx, targetId);
  const heads = await loadHeads(tx);
  const { outcomes, payloads } = renderTargets(targets, policySetOf(heads));
  const [outcome] = outcomes;
  if (outcome?.outcome === "changed") {
    const warrant = { policies: citationsFor(targets[0]!, heads) };
    await publishDesired(tx, ctx, { targetId, payload: payloads.get(outcome.hash!)!, warrant, reason });
  }
  return outcome ?? null;
}
