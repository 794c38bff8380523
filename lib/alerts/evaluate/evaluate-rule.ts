/**
 * Evaluates one rule at every instant that is due: claim → read → one transaction with states, incidents, history and outbox,
 * which counts only while the claim holds. Killed anywhere, an instant is wholly evaluated or not at all, and each
 * transition has one effect.
 */
import type pg from "pg";
import type { Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { loadWorkspace } from "@/lib/workspace";
import { sideOf, type Observation } from "../rules/compare";
import type { AlertRule } from "../rules/schemas";
import { SIGNALS } from "../signals/catalogue";
import { readSignalDetail } from "../signals/store";
import {
  claimRule,
  deleteInstances,
  finishEvaluation,
  holdsClaim,
  noteValues,
  readInstances,
  writeInstances,
  type ClaimedRule,
  type Instance,
  type Noted,
} from "../store/evaluation";
import { isOpen } from "../lifecycle/machine";
import { applyTransition, isWorse } from "./apply-step";
import { dueInstants, nextDue } from "./grid";
import { labelHash } from "./label-hash";
import { readMasks } from "./read-masks";
import { readObservations, type Labels } from "./read-observations";
import { follow } from "./track";

/** `more`: further instants are due already. */
export type Evaluated = "evaluated" | "more" | "not_mine" | "void";

/** Instants of one transaction. */
const MOST_INSTANTS = 120;

export async function evaluateRule(ctx: Ctx, holder: string, ruleId: string): Promise<Evaluated> {
  const claimed = await claimRule(ctx.db.pool, ruleId, holder, ctx.now);
  if (!claimed) return "not_mine";
  const { rule } = claimed;
  const instants = dueInstants(rule, claimed.evaluatedTo, ctx.now.getTime(), MOST_INSTANTS);
  const read = await readOrError(ctx, claimed, instants);
  return withTransaction(ctx.db.pool, async (client) => {
    if (!(await holdsClaim(client, claimed))) return "void";
    await commit(client, ctx, claimed, instants, read.groups);
    const evaluatedTo = instants.at(-1) ?? claimed.evaluatedTo ?? ctx.now.getTime();
    const nextAt = nextDue(rule, evaluatedTo);
    await finishEvaluation(client, claimed, { evaluatedTo, nextAt, now: ctx.now, error: read.error });
    return nextAt <= ctx.now.getTime() ? "more" : "evaluated";
  });
}

interface Seen {
  labels: Labels;
  observations: readonly Observation[];
}

/** What cannot be asked is an observation too: of every alert that the rule has. Null groups: nothing could be read. */
async function readOrError(
  ctx: Ctx,
  { rule }: ClaimedRule,
  instants: readonly number[],
): Promise<{ groups: Seen[] | null; error: string | null }> {
  if (instants.length === 0) return { groups: [], error: null };
  try {
    const { timeZone } = await loadWorkspace(ctx.db);
    const around = { zone: timeZone, masks: await readMasks(ctx.db.pool, rule, instants) };
    const { groups } = await readObservations(ctx, rule, instants, around);
    return { groups, error: null };
  } catch (error) {
    // Anything else is a database that is away: the claim runs out, and the instants are evaluated later.
    if (!(error instanceof AppError)) throw error;
    return { groups: null, error: error.message };
  }
}

async function commit(
  client: pg.ClientBase,
  ctx: Ctx,
  claimed: ClaimedRule,
  instants: readonly number[],
  groups: readonly Seen[] | null,
): Promise<void> {
  const { id: ruleId, rule } = claimed;
  const known = await readInstances(client, ruleId);
  const seen = new Map(groups?.map((group) => [labelHash(group.labels), group]));
  const hashes = new Set([...known.keys(), ...seen.keys(), ...(rule.groupBy.length === 0 ? [labelHash({})] : [])]);
  const absent: Observation = groups === null ? { kind: "error", message: "could not be evaluated" } : { kind: "no_data" };
  const written: Instance[] = [];
  const gone: string[] = [];
  for (const hash of [...hashes].sort()) {
    const group = seen.get(hash);
    const before = known.get(hash) ?? null;
    const labels = group?.labels ?? before?.labels ?? {};
    const observed = instants.map((at, index) => ({ at, observation: group?.observations[index] ?? absent }));
    const after = await followAlert(client, ctx, claimed, { hash, labels, before, observed });
    if (after) written.push(after);
    else if (before) gone.push(hash);
  }
  await writeInstances(client, ruleId, written);
  await deleteInstances(client, ruleId, gone);
}

interface Course {
  hash: string;
  labels: Labels;
  before: Instance | null;
  observed: readonly { at: number; observation: Observation }[];
}

/** One alert through all the instants, its transitions carried out as they come. Null: it does not exist, or no more. */
async function followAlert(
  client: pg.ClientBase,
  ctx: Ctx,
  { id: ruleId, version: ruleVersion, rule }: ClaimedRule,
  { hash, labels, before, observed }: Course,
): Promise<Instance | null> {
  let instance = before;
  let noted: Noted | null = null;
  for (const { at, observation } of observed) {
    const { track, transition } = follow(instance && { state: instance.state, seenAt: instance.seenAt }, rule, observation, at);
    // What people are told of an end says how bad it was.
    if (transition) noted = await writeNoted(client, rule, instance, noted);
    if (track === null) {
      instance = null;
      continue;
    }
    const value = observation.kind === "value" ? observation.value : null;
    const next: Instance = { labelHash: hash, labels, ...track, value, incidentId: instance?.incidentId ?? null };
    if (transition) {
      const detail = () =>
        SIGNALS.has(rule.metric)
          ? readSignalDetail(client, rule.metric, { from: at - rule.windowSec * 1_000, to: at })
          : Promise.resolve(null);
      const acting = { ruleId, ruleVersion, rule, now: ctx.now, byName: null, note: null, detail };
      next.incidentId = await applyTransition(client, acting, next, transition);
    }
    if (value !== null && isOpen(track.state)) noted = worseOf(rule, noted, value, at);
    instance = next;
  }
  await writeNoted(client, rule, instance, noted);
  return instance;
}

async function writeNoted(client: pg.ClientBase, rule: AlertRule, instance: Instance | null, noted: Noted | null): Promise<null> {
  if (noted && instance?.incidentId) await noteValues(client, instance.incidentId, noted, sideOf(rule.condition));
  return null;
}

const worseOf = (rule: AlertRule, noted: Noted | null, value: string, at: number): Noted =>
  noted && !isWorse(rule, value, noted.worst) ? { ...noted, value } : { value, worst: value, worstAt: at };
