/**
 * One look at the workspace: gather, detect, store. Everything it finds is stored in one transaction that holds the run's
 * epoch, so a worker that was killed or lost its lease has stored nothing.
 */
import { appendAudit } from "@/lib/audit";
import type { Ctx } from "@/lib/auth/actor";
import { DAY_MS } from "@/lib/time";
import { auditWorkload } from "../audit/score-endpoint";
import { byRank, detectAll } from "../detectors/detect-all";
import { gatherInputs } from "../gather/gather-inputs";
import { concentrate, findPatterns } from "./patterns";
import type { RunSummary } from "./schemas";
import {
  claimRun,
  dropOldRuns,
  endRun,
  findFindings,
  noteProgress,
  readChangedEndpoints,
  reconcileFindings,
  type ClaimedRun,
} from "./store";

const STEPS = [
  "Reading metrics",
  "Reading GPU pools",
  "Sampling requests",
  "Looking for savings",
  "Scoring endpoints",
  "Storing",
] as const;
/** Of a run: its steps, and its end. */
export const RUN_STEPS = STEPS.length;
const KEPT_MS = 30 * DAY_MS;
const CHANGES_MS = 90 * DAY_MS;
const MOST_CLAIMS = 5n;

export interface RunOptions {
  leaseMs: number;
  /** The clock, for leases; the run itself looks at `ctx.now`. */
  clock?: () => number;
}

class LostRun extends Error {}

/** Work on the oldest run that waits. False: there is none. A failure of the work is the run's; what it was, the run says. */
export async function runNext(ctx: Ctx, { leaseMs, clock = Date.now }: RunOptions): Promise<boolean> {
  const run = await claimRun(ctx.db, ctx.now, leaseMs);
  if (!run) return false;
  try {
    if (run.epoch > MOST_CLAIMS) throw new Error(`It was begun ${run.epoch - 1n} times and never finished.`);
    await work(ctx, run, async (step) => {
      const done = Math.max(0, (STEPS as readonly string[]).indexOf(step));
      const ours = await noteProgress(ctx.db, run, step, done, new Date(clock() + leaseMs));
      if (!ours) throw new LostRun();
    });
  } catch (error) {
    if (error instanceof LostRun) return true;
    ctx.log.error({ err: error, run: run.id }, "a run of the advisor failed");
    const reason = error instanceof Error ? error.message : String(error);
    await ctx.db.prisma.$transaction((tx) =>
      endRun(tx, run, { status: "failed", reason, found: null, summary: null, endedAt: ctx.now }),
    );
  }
  return true;
}

async function work(ctx: Ctx, run: ClaimedRun, progress: (step: string) => Promise<void>): Promise<void> {
  const input = await gatherInputs(ctx, progress);
  await progress("Looking for savings");
  const found = detectAll(input).sort(byRank);
  const open = await findFindings(ctx.db.prisma, ["open"]);
  const patterns = findPatterns(input, found, {
    now: ctx.now.getTime(),
    openSince: new Map(open.map((row) => [row.key, row.stateAt.getTime()])),
    changedEndpoints: await readChangedEndpoints(ctx.db, new Date(ctx.now.getTime() - CHANGES_MS)),
  });
  await progress("Scoring endpoints");
  const summary: RunSummary = {
    from: new Date(input.from).toISOString(),
    to: new Date(input.to).toISOString(),
    days: input.days,
    spend: [...input.spend].map(([pool, nano]) => [pool, String(nano)]),
    patterns,
    concentration: concentrate(found, input.spend),
    audit: auditWorkload(input),
    sampleShare: input.sample.share,
  };
  await progress("Storing");
  await ctx.db.prisma.$transaction(
    async (tx) => {
      const ours = await endRun(tx, run, { status: "done", reason: null, found: found.length, summary, endedAt: ctx.now });
      if (!ours) throw new LostRun();
      const { moved } = await reconcileFindings(tx, run.id, found, ctx.now);
      await dropOldRuns(tx, new Date(ctx.now.getTime() - KEPT_MS));
      await appendAudit(tx, ctx, {
        action: "advisor.found",
        subject: `advisor_run:${run.id}`,
        data: { found: found.length, moved },
      });
    },
    { timeout: 60_000 },
  );
}
