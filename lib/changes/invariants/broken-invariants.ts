/**
 * What must hold in the tables whatever crashed, raced or was replayed, asked of a real database: `npm run changes:invariants`,
 * and at the end of every test that kills something. Reads only.
 *
 *   1 one executing rollout per blast domain, and it holds its locks     6 the audit chain verifies
 *   2 no target runs or is ordered what nobody allowed                   7 promoted ⇒ every critical verdict is recorded, and passed
 *   3 what went back is ordered nowhere afterwards                         or a person answered for it
 *   4 generations only rise                                              8 a change executes exactly while its rollout is live
 *   5 every rollout has ended, or moves, or says why it stands still     9 what began had its approvals, or broke the glass
 */
import { verifyAudit } from "@/lib/audit/verify-audit";
import type { Ctx } from "@/lib/auth/actor";
import { ROLLBACK_DEADLINE_MS } from "../rollout/decide";
import type { RolloutPlan } from "../rollout/plan";
import { TERMINAL_PHASES, type RolloutState } from "../rollout/state";
import { unsignedOrders, type OrderToSign } from "../warrant/read-orders";

const TERMINAL = `('${TERMINAL_PHASES.join("', '")}')`;

/** Each answers with sentences; no row: it holds. */
const STATEMENTS: readonly string[] = [
  `select 'In ' || d || ' ' || count(*) || ' changes execute at once.' as broken
   from change c, unnest(c.blast_domains) as d where c.status = 'executing' group by d having count(*) > 1`,
  `select 'Rollout ' || r.id || ' is live without its lock of ' || d || '.' as broken
   from rollout r join change c on c.id = r.change_id, unnest(c.blast_domains) as d
   where r.phase not in ${TERMINAL} and not exists (select 1 from blast_lock l where l.domain = d and l.rollout_id = r.id)`,
  `select 'Rollout ' || r.id || ' has ended and still holds ' || l.domain || '.' as broken
   from blast_lock l join rollout r on r.id = l.rollout_id where r.phase in ${TERMINAL}`,
  `select 'Target ' || d.target_id || ' was ordered generation ' || d.generation || ' of rollout ' || d.rollout_id || ' after that went back.' as broken
   from target_desired d join rollout_target t on t.rollout_id = d.rollout_id and t.target_id = d.target_id
     join (select rollout_id, min(at) as at from rollout_tick
       where decision->>'phase' in ('rolling_back', 'rolled_back', 'rollback_degraded') group by 1) back on back.rollout_id = d.rollout_id
   where d.created_at >= back.at and d.hash is distinct from t.stable_hash`,
  `select 'Target ' || target_id || ' was ordered generation ' || generation || ' before an older one.' as broken
   from (select target_id, generation, audit_seq, lag(audit_seq) over (partition by target_id order by generation) as before
     from target_desired) o where audit_seq < before`,
  `select 'Target ' || t.id || ' is wanted on generation ' || t.desired_generation || ', and ' || d.newest || ' was ordered.' as broken
   from target t join (select target_id, max(generation) as newest from target_desired group by 1) d on d.target_id = t.id
   where t.desired_generation is distinct from d.newest`,
  `select 'Change ' || c.number || ' is ' || c.status || ' and its rollout is ' || r.phase || '.' as broken
   from rollout r join change c on c.id = r.change_id where (c.status = 'executing') <> (r.phase not in ${TERMINAL})`,
  `select 'Change ' || c.number || ' began with ' || n.approvals || ' of ' || c.quorum || ' approvals.' as broken
   from rollout r join change c on c.id = r.change_id cross join lateral (select count(distinct a.user_id) as approvals
     from change_approval a where a.change_id = c.id and a.content_hash = c.content_hash and a.user_id <> all(c.contributors)) n
   where c.break_glass is null and n.approvals < c.quorum`,
];

/** Sentences; empty: all hold. */
export async function brokenInvariants(ctx: Ctx): Promise<string[]> {
  const broken: string[] = [];
  for (const text of STATEMENTS) {
    const { rows } = await ctx.db.pool.query<{ broken: string }>(text);
    broken.push(...rows.map((row) => row.broken));
  }
  const audit = await verifyAudit(ctx);
  if (!audit.ok) broken.push("The audit chain does not verify.");
  return [...broken, ...(await withoutWarrant(ctx)), ...(await standingStill(ctx)), ...(await withoutVerdict(ctx))];
}

/** Of what each target is ordered, and of what it says that it runs. */
async function withoutWarrant({ db }: Pick<Ctx, "db">): Promise<string[]> {
  const broken: string[] = [];
  for (const [which, column] of [
    ["is ordered", "desired_generation"],
    ["runs", "running_generation"],
  ] as const) {
    const { rows } = await db.pool.query<OrderToSign>(
      `select t.id::text as "targetId", d.generation, d.hash, d.lease_ttl_sec as "leaseTtlSec", d.forced
       from target t join target_desired d on d.target_id = t.id and d.generation = t.${column}`,
    );
    const unsigned = await unsignedOrders(db.pool as unknown as Parameters<typeof unsignedOrders>[0], rows);
    broken.push(...[...unsigned].map(([id, why]) => `Target ${id} ${which} what nobody allowed: ${why}`));
  }
  return broken;
}

const MINUTE = 60_000;
const SLACK_MS = 5 * MINUTE;

async function standingStill({ db, now }: Pick<Ctx, "db" | "now">): Promise<string[]> {
  const live = await db.prisma.rollout.findMany({ where: { phase: { notIn: [...TERMINAL_PHASES] } } });
  return live.flatMap((row) => {
    const state = row.state as unknown as RolloutState;
    const plan = row.plan as unknown as RolloutPlan;
    if (state.reason === "") return [`Rollout ${row.id} does not say why it is where it is.`];
    if (row.nextTickAt === null || now.getTime() - row.nextTickAt.getTime() > SLACK_MS)
      return [`Nobody looks at rollout ${row.id}.`];
    if (state.pauses.length > 0) return [];
    const late = now.getTime() - state.since - deadlineMs(state, plan);
    return late > SLACK_MS ? [`Rollout ${row.id} is ${state.phase} for too long.`] : [];
  });
}

function deadlineMs({ phase }: RolloutState, plan: RolloutPlan): number {
  switch (phase) {
    case "rolling_back":
      return ROLLBACK_DEADLINE_MS;
    case "deploying":
      return plan.stepDeadlineMin * MINUTE;
    case "soaking":
      return Math.max(plan.maxSoakMin, plan.soakMin) * MINUTE;
    case "baking":
      return plan.bakeMin * MINUTE;
    default:
      return 10 * MINUTE;
  }
}

interface SaidVerdict {
  guardrail: string;
  verdict: string;
}

/** Where there was something to compare with: the step that gave it to everybody was taken from verdicts that passed. */
async function withoutVerdict({ db }: Pick<Ctx, "db">): Promise<string[]> {
  const promoted = await db.prisma.rollout.findMany({
    where: { phase: "promoted", endedAt: { not: null }, ticks: { some: {} } },
    include: { change: { select: { number: true, content: true } }, commandsGiven: { where: { kind: "promote" } } },
  });
  const broken: string[] = [];
  for (const { id, plan, change, commandsGiven } of promoted) {
    const { sharesPercent } = plan as unknown as RolloutPlan;
    const { guardrails } = change.content as unknown as { guardrails: { metric: string; critical: boolean }[] };
    const critical = guardrails.filter((one) => one.critical).map(({ metric }) => metric);
    const { rows } = await db.pool.query<{ verdicts: SaidVerdict[] }>(
      `select facts->'verdicts' as verdicts from rollout_tick where rollout_id = $1
         and decision->>'phase' = $2 and (decision->>'step')::int = $3 order by seq limit 1`,
      [id, sharesPercent.length > 1 ? "deploying" : "promoted", sharesPercent.length - 1],
    );
    const said = new Map((rows[0]?.verdicts ?? []).map(({ guardrail, verdict }) => [guardrail, verdict]));
    const missing = critical.filter((metric) => !said.has(metric));
    const unclear = critical.filter((metric) => said.get(metric) !== "pass");
    if (missing.length > 0)
      broken.push(`Change ${change.number} was promoted, and no verdict is recorded on ${missing.join(", ")}.`);
    else if (sharesPercent.length > 1 && commandsGiven.length === 0 && unclear.length > 0) {
      broken.push(`Change ${change.number} was promoted, and ${unclear.join(", ")} had not passed.`);
    }
  }
  return broken;
}
