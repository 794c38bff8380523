/** The first thing a rollout is: locks, the bytes of before and after for every target, and a state that a controller finds. */
import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import { canonicalHash, canonicalText } from "@/lib/protocol/canonical";
import type { Connector } from "@/lib/protocol/connectors";
import type { Payload } from "@/lib/protocol/payload";
import { rolloutPlanSchema, withoutEmptyWaves } from "../rollout/plan";
import { startOf } from "../rollout/state";
import type { Assessment } from "./assess-change";
import { holderOf } from "./read-gates";
import { contentOf, type ChangeRow } from "./rows";

export interface BegunRollout {
  id: string;
  targets: { target: string; stable: string | null; final: string | null }[];
}

/** The caller holds the change and `lockPolicies`, has assessed under them, and writes the audit row after this. */
export async function beginRollout(tx: Tx, ctx: Pick<Ctx, "now">, row: ChangeRow, assessment: Assessment): Promise<BegunRollout> {
  const { now } = ctx;
  const waves = wavesOf(assessment);
  const able = waves.filter(({ capable }) => capable).length;
  const plan = withoutEmptyWaves(rolloutPlanSchema.parse(contentOf(row).rolloutPlan), able);
  const state = startOf(now.getTime());
  const rollout = await tx.rollout.create({
    data: { changeId: row.id, phase: state.phase, state: state as object, plan, nextTickAt: now, startedAt: now },
    select: { id: true },
  });
  const taken = await tx.blastLock.createMany({
    data: assessment.domains.map((domain) => ({ domain, rolloutId: rollout.id, takenAt: now })),
    skipDuplicates: true,
  });
  if (taken.count < assessment.domains.length) {
    const holder = await holderOf(tx, assessment.domains, row.id);
    throw new AppError(
      "conflict",
      `${holder ?? "Another change"} is being rolled out to the same targets. Wait for its end, or abort it.`,
    );
  }
  await tx.targetPayload.createMany({
    data: [...assessment.payloads].map(([hash, payload]) => ({
      hash,
      connector: payload.connector,
      payload: canonicalText(payload),
      createdAt: now,
    })),
    skipDuplicates: true,
  });
  const stable = await leaseFreeOrders(
    tx,
    waves.map(({ id }) => id),
  );
  const connectorOf = new Map(assessment.changed.map(({ id, connector }) => [id, connector]));
  for (const id of connectorOf.keys()) {
    if (stable.has(id)) continue;
    const nothing = sayingNothing(connectorOf.get(id)!);
    if (!nothing) throw neverOrdered(assessment.changed.find((target) => target.id === id)!.name);
    const hash = canonicalHash(nothing);
    stable.set(id, hash);
    await tx.targetPayload.createMany({
      data: [{ hash, connector: nothing.connector, payload: canonicalText(nothing), createdAt: now }],
      skipDuplicates: true,
    });
  }
  const targets = waves.map(({ id, capable, finalHash }, position) => ({
    rolloutId: rollout.id,
    targetId: id,
    position,
    capable,
    stableHash: stable.get(id) ?? null,
    finalHash,
  }));
  // By id, as everybody who locks several targets does.
  await tx.rolloutTarget.createMany({ data: targets.toSorted((a, b) => (a.targetId < b.targetId ? -1 : 1)) });
  return {
    id: rollout.id,
    targets: targets.map(({ targetId, stableHash, finalHash }) => ({ target: targetId, stable: stableHash, final: finalHash })),
  };
}

/** What a target that was never ordered anything goes back to. Null: its kind has no configuration that says nothing. */
function sayingNothing(connector: Connector): Payload | null {
  if (connector === "headroom-gateway") return { schema: 1, connector, content: { layers: [] } };
  return connector === "engine" ? { schema: 1, connector, content: { engine: {} } } : null;
}

const neverOrdered = (name: string) =>
  new AppError(
    "unprocessable",
    `${name} was never ordered anything, so nothing could be put back there. Give it its first configuration by the policies in force.`,
  );

/** Who can take it first, by name; who cannot is kept in the list, so that it is seen to be left out. */
function wavesOf({ outcomes }: Pick<Assessment, "outcomes">) {
  const able = outcomes.filter(({ outcome }) => outcome === "changed");
  const unable = outcomes.filter(({ outcome }) => outcome === "refused");
  return [...able, ...unable].map(({ id, outcome, hash }) => ({ id, capable: outcome === "changed", finalHash: hash }));
}

/** What each target was last ordered for good: what it goes back to. */
async function leaseFreeOrders(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.$queryRaw<{ id: string; hash: string }[]>`
    select distinct on (target_id) target_id::text as id, hash from target_desired
    where target_id = any(${[...ids]}::uuid[]) and lease_ttl_sec is null order by target_id, generation desc`;
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}
