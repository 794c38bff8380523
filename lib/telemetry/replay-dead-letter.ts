/**
 * Send a dead letter through the pipeline again, as it is or edited.
 *
 *   open ─ replay ─┬─► replayed ─ replay, unedited ─► replayed (nothing is sent again)
 *                  │            └─ replay, edited ───► replayed, the edited payload is sent
 *                  ├─ stored already, same content ──► replayed (nothing is sent: it counts already)
 *                  └─ stored already, other content ─► open, refused as a conflict
 *
 * The worker is the judge of ids. What is stored already is judged here only so that a person learns it at once: a
 * conflict sent again would end as the same dead letter, now marked as replayed, and nobody would look at it any more.
 *
 * Queued before the mark is committed: a crash between the two leaves the letter open, and a second replay meets its
 * own event id, which makes it a duplicate. Nothing is charged twice.
 */
import { z } from "zod";
import { appendAudit } from "@/lib/audit";
import { mayUseTenant, requireRole, type Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { QueueHandle } from "@/lib/queue";
import { loadWorkspace } from "@/lib/workspace";
import { enqueueBatch, ingestJobSchema, type IngestJob } from "./job";
import { groupAttempts } from "./litellm/group-attempts";
import { parseLitellmMapping } from "./litellm/mapping";
import { readCall } from "./litellm/read-call";
import { toEvent, type LitellmDoor } from "./litellm/to-event";
import { readNativeEvent } from "./normalise";

export const replayInputSchema = z.strictObject({
  id: z.coerce.bigint().positive(),
  /** Absent: as it was kept. */
  payload: z.unknown().optional(),
});

export interface ReplayResult {
  id: string;
  /** `duplicate`: exactly this event is stored already, so nothing was sent. */
  status: "queued" | "duplicate" | "already_replayed";
  replayedAt: string;
  /** The event to look for; null when something else than an event was sent. */
  eventId: string | null;
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
      return {
        id: id.toString(),
        status: "already_replayed",
        replayedAt: letter.replayed_at.toISOString(),
        eventId: letter.event_id,
      };
    }
    const { sent, status, eventId } = await resend(ctx, tx, queue, letter, edited ?? letter.payload);
    await tx.$executeRaw`
      update telemetry.dead_letter set replayed_at = ${ctx.now}, replay_result = ${sent} where id = ${id}`;
    await appendAudit(tx, ctx, {
      action: "dead_letter.replay",
      subject: `dead_letter:${id}`,
      data: { code: letter.code, source: letter.source, eventId: letter.event_id, edited: edited !== undefined, sent },
    });
    return { id: id.toString(), status, replayedAt: ctx.now.toISOString(), eventId };
  });
}

const maySee = (ctx: Ctx, letter: Letter) =>
  ctx.actor.tenants === "all" || (letter.tenant !== null && mayUseTenant(ctx.actor, letter.tenant));

interface Resent {
  /** For the record. */
  sent: string;
  status: "queued" | "duplicate";
  eventId: string | null;
}

/** Queue the payload by what it is. */
async function resend(ctx: Ctx, tx: Tx, queue: QueueHandle<IngestJob>, letter: Letter, payload: unknown): Promise<Resent> {
  const receivedAt = ctx.now.getTime();
  if (letter.source === "queue") {
    const job = ingestJobSchema.safeParse(payload);
    if (!job.success) throw new AppError("unprocessable", "This payload is not a readable queue job; edit it first.");
    await queue.add(job.data.kind, job.data);
    return { sent: "queue job sent again", status: "queued", eventId: null };
  }
  if (letter.source === "outcomes" || letter.source === "samples") {
    await enqueueBatch(queue, { kind: letter.source, items: [payload], receivedAt, apiKeyId: null });
    return { sent: `${letter.source} item sent again`, status: "queued", eventId: null };
  }
  const { rawRetentionDays, litellmMapping } = await loadWorkspace(ctx.db);
  const door = { now: receivedAt, rawRetentionDays, tenants: ctx.actor.tenants, apiKeyId: null };
  const read =
    letter.source === "litellm"
      ? readLitellm(payload, { ...door, mapping: parseLitellmMapping(litellmMapping) })
      : readNativeEvent(payload, door);
  if ("refusal" in read) {
    const { field, message } = read.refusal;
    throw new AppError("unprocessable", `${message} Edit the payload and replay it.`, field === null ? {} : { field });
  }
  const { event } = read;
  // With the transaction's own connection: taking a second one while all wait for this letter's lock would be a deadlock.
  const [stored] = await tx.$queryRaw<{ content_hash: bigint }[]>`
    select content_hash from telemetry.event_identity where id = ${event.id}`;
  if (stored && stored.content_hash !== event.contentHash) {
    throw new AppError(
      "conflict",
      `Event ${event.id} is stored with other content, and one id is charged once. ` +
        `If this is another call, give it an id of its own and replay it; if not, leave it.`,
      { field: "id" },
    );
  }
  if (stored) return { sent: `event ${event.id} was stored already`, status: "duplicate", eventId: event.id };
  await enqueueBatch(queue, { kind: "usage", items: [event], receivedAt, apiKeyId: null });
  return { sent: `event ${event.id} sent again`, status: "queued", eventId: event.id };
}

/** One item of LiteLLM by itself: a retry is not looked for any more. */
function readLitellm(payload: unknown, door: LitellmDoor): ReturnType<typeof toEvent> {
  const call = readCall(payload);
  return "code" in call ? { refusal: call } : toEvent(call, groupAttempts([call]).get(call)!, door);
}
