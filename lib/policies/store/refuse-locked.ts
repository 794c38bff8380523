import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { blastDomainsOf } from "./blast-domains";
import type { PolicyRef } from "./schemas";
import { loadTargets } from "./store";

/**
 * What is being tried out must not change under the trial: neither of the two could be judged. The caller holds
 * `lockPolicies`, as whoever starts a rollout does.
 */
export async function refuseLocked(tx: Tx, refs: readonly PolicyRef[]): Promise<void> {
  const domains = blastDomainsOf(refs, await loadTargets(tx));
  const [lock] = await tx.$queryRaw<{ domain: string; number: number; title: string }[]>`
    select l.domain, c.number, c.title from blast_lock l join rollout r on r.id = l.rollout_id join change c on c.id = r.change_id
    where l.domain = any(${domains}::text[]) order by c.number limit 1`;
  if (!lock) return;
  throw new AppError(
    "conflict",
    `Change ${lock.number} (${lock.title}) is being rolled out to ${lock.domain}. Draft a change: it starts when that one has ended.`,
  );
}
