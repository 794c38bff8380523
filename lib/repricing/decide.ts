/** What may be done with a repricing, and what it becomes. Pure; states are drawn in README.md. */
import { AppError } from "@/lib/http";
import type { Repricing } from "./store";

export interface Decider {
  id: string;
  name: string;
}

/** Asked to apply: begins, or waits for a second admin. Asked again by another one: that is the approval. */
export function decideApply(job: Repricing, by: Decider): Repricing {
  if (job.status === "ready") {
    if (job.changed === 0n) throw new AppError("conflict", "The dry run found nothing that would change.");
    const asked = { ...job, requestedById: by.id, requestedByName: by.name };
    return job.movedNano >= job.thresholdNano ? { ...asked, status: "awaiting_approval" } : begin(asked);
  }
  if (job.status === "awaiting_approval") {
    if (job.requestedById === by.id || job.createdById === by.id) {
      throw new AppError(
        "forbidden",
        "It moves more than one admin may decide: another admin than the one who asked has to approve it.",
      );
    }
    return begin({ ...job, approvedByName: by.name });
  }
  if (job.status === "counting") throw new AppError("conflict", "The dry run is still going on. Look at it before you apply it.");
  throw new AppError("conflict", `This repricing is ${WORDS[job.status]} and cannot be applied.`);
}

/** The walk starts again from the first event, this time writing. */
const begin = (job: Repricing): Repricing => ({ ...job, status: "applying", scanned: 0n, cursor: null });

export function decideCancel(job: Repricing, by: Decider, now: Date): Repricing {
  if (job.status === "done" || job.status === "cancelled" || job.status === "outdated") {
    throw new AppError("conflict", `This repricing is ${WORDS[job.status]} already.`);
  }
  const applied = job.applied > 0n ? ` ${job.applied} events were repriced before that, and stay so.` : "";
  return { ...job, status: "cancelled", statusReason: `Cancelled by ${by.name}.${applied}`, endedAt: now };
}

const WORDS = { applying: "being applied", done: "done", cancelled: "cancelled", outdated: "outdated" } as const;
