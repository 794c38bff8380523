/**
 * Send a dead letter through the pipeline again, as it is or edited.
 *
 *   open ─ replay ─► replayed ─ replay, unedited ─► replayed (nothing is sent again)
 *                            └─ replay, edited ───► replayed, the edited payload is sent
 *
 * Queued before the mark is committed: a crash between the two leaves the letter open, and a second replay meets its
 * own event id, which makes it a duplicate. Nothing is charged twice.
 */
import { z } from "zod";
import { appendAudit } from "@/lib/audit";
import { mayUseTenant, requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { QueueHandle } from "@/lib/queue";
import { loadWorkspace } from "@/lib/workspace";
import { enqueueBatch, ingestJobSchema, type IngestJob } from "./job";
import { readNativeEvent } from "./normalise";

export const replayInputSchema = z.strictObject({
  id: z.coerce.bigint().positive(),
  /** Absent: as it was kept. */
  payload: z.unknown().optional(),
});

export interface ReplayResult {
  id: string;
  status: "queued" | "already_replayed";
  replayedAt: string;
}

interface Letter {
  source: string;
  code: string;
  tenant: string | null;
  event_id: string | null;
  payload: unknown;
  replayed_at: Date | null;
}

export async function replayDeadLetter(
  ctx: Ctx,
  queue: QueueHandle<IngestJob>,
  input: z.input<typeof replayInputSchema>,
): Promise<ReplayResult> {
  requireRole(ctx, "admin");
  const { id, payload: edited } = replayInputSchema.parse(input);
  return ctx.db.prisma.$transaction(async (tx) => {
    const [letter] = await tx.$queryRaw<Letter[]>`
      select source, code, tenant, event_id, payload, replayed_at from telemetry.dead_letter where id = ${id} for update`;
    if (!letter || !maySee(ctx, letter)) throw new AppError("not_found", `There is no dead letter ${id}.`);
    if (letter.replayed_at && edited === undefined) {
      return { id: id.toString(), status: "already_replayed", replayedAt: letter.replayed_at.toISOString() };
    }
    const sent = await resend(ctx, queue, letter, edited ?? letter.payload);
    await tx.$executeRaw`
      update telemetry.dead_letter set replayed_at = ${ctx.now}, replay_result = ${sent} where id = ${id}`;
    await appendAudit(tx, ctx, {
      action: "dead_letter.replay",
      subject: `dead_letter:${id}`,
      data: { code: letter.code, source: letter.source, eventId: letter.event_id, edited: edited !== undefined, sent },
    });
    return { id: id.toString(), status: "queued", replayedAt: ctx.now.toISOString() };
  });
}

const maySee = (ctx: Ctx, letter: Letter) =>
  ctx.actor.tenants === "all" || (letter.tenant !== null && mayUseTenant(ctx.actor, letter.tenant));

/** Queue the payload by what it is; returns what was sent, for the record. */
async function resend(ctx: Ctx, queue: QueueHandle<IngestJob>, letter: Letter, payload: unknown): Promise<string> {
  const receivedAt = ctx.now.getTime();
  if (letter.source === "queue") {
    const job = ingestJobSchema.safeParse(payload);
    if (!job.success) throw new AppError("unprocessable", "This payload is not a readable queue job; edit it first.");
    await queue.add(job.data.kind, job.data);
    return "queue job sent again";
  }
  if (letter.source === "outcomes" || letter.source === "samples") {
    await enqueueBatch(queue, { kind: letter.source, items: [payload], receivedAt, apiKeyId: null });
    return `${letter.source} item sent again`;
  }
  const { rawRetentionDays } = await loadWorkspace(ctx.db);
  const read = readNativeEvent(payload, { now: receivedAt, rawRetentionDays, tenants: ctx.actor.tenants, apiKeyId: null });
  if ("refusal" in read) {
    const { field, message } = read.refusal;
    throw new AppError("unprocessable", `${message} Edit the payload and replay it.`, field === null ? {} : { field });
  }
  await enqueueBatch(queue, { kind: "usage", items: [read.event], receivedAt, apiKeyId: null });
  return `event ${read.event.id} sent again`;
}
