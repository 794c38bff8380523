import type { Db } from "@/lib/db";

/** What decides, besides the policies, whether a target can be given one. Engines change `hardware.model` themselves. */
interface Ability {
  id: string;
  ability: string;
  /** It never had an order, or its newest is not a trial that a lease ends. */
  isFree: boolean;
  isNew: boolean;
}

/** Active targets with what they can do, as one text to compare. */
async function loadAbilities(db: Db): Promise<Ability[]> {
  const { rows } = await db.pool.query<Ability>(
    `select id::text, concat_ws('|', array_to_string(capabilities, ','), hardware->>'gpuType', hardware->>'engine',
       environment, pool_id) as ability,
       desired_lease_ttl_sec is null as "isFree", desired_generation is null as "isNew"
     from target where state <> 'revoked'`,
  );
  return rows;
}

/**
 * Targets to look at: new ones without an order, and those that can do other things than when `seen` was written. `seen`
 * is brought up to date. A target that holds a trial by lease is left to whoever ordered the trial.
 */
export async function findTargets(db: Db, seen: Map<string, string>): Promise<string[]> {
  const abilities = await loadAbilities(db);
  const due = abilities.filter(({ id, ability, isFree, isNew }) => {
    const before = seen.get(id);
    return before === undefined ? isNew : before !== ability && isFree;
  });
  for (const { id, ability, isFree } of abilities) if (isFree || !seen.has(id)) seen.set(id, ability);
  const known = new Set(abilities.map(({ id }) => id));
  // Revoked and enrolled again under its name, it is looked at like a new one.
  for (const id of seen.keys()) if (!known.has(id)) seen.delete(id);
  return due.map(({ id }) => id);
}
