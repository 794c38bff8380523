import { z } from "zod";
import { requireRole, type Ctx } from "@/lib/auth/actor";

export const deadLetterFilterSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** Continue after this id: `next` of the page before. */
  before: z.coerce.bigint().positive().optional(),
  code: z.string().max(64).optional(),
  /** The door or kind it came through, e.g. `usage`. */
  source: z.string().max(64).optional(),
  tenant: z.array(z.string().max(200)).max(200).optional(),
  /** Received then or later. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** Received before. */
  to: z.iso.datetime({ offset: true }).optional(),
  state: z.enum(["open", "replayed", "all"]).default("all"),
});

export interface DeadLetterView {
  id: string;
  receivedAt: string;
  source: string;
  code: string;
  field: string | null;
  reason: string;
  eventId: string | null;
  tenant: string | null;
  payload: unknown;
  replayedAt: string | null;
  replayResult: string | null;
}

export interface DeadLetterPage {
  items: DeadLetterView[];
  /** Pass as `before` for the next page; null on the last. */
  next: string | null;
}

interface Row {
  id: bigint;
  received_at: Date;
  source: string;
  code: string;
  field: string | null;
  reason: string;
  event_id: string | null;
  tenant: string | null;
  payload: unknown;
  replayed_at: Date | null;
  replay_result: string | null;
}

/** Newest first. People limited to tenants see only letters of those; letters without a tenant are for the others. */
export async function listDeadLetters(ctx: Ctx, input: z.input<typeof deadLetterFilterSchema>): Promise<DeadLetterPage> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const filter = deadLetterFilterSchema.parse(input);
  const { rows } = await ctx.db.pool.query<Row>(
    `select id, received_at, source, code, field, reason, event_id, tenant, payload, replayed_at, replay_result
     from telemetry.dead_letter
     where ($1::text[] is null or tenant = any($1)) and ($2::bigint is null or id < $2) and ($3::text is null or code = $3)
       and ($4 = 'all' or (replayed_at is null) = ($4 = 'open')) and ($6::text is null or source = $6)
       and ($7::text[] is null or tenant = any($7)) and ($8::timestamptz is null or received_at >= $8)
       and ($9::timestamptz is null or received_at < $9)
     order by id desc limit $5`,
    [
      ctx.actor.tenants === "all" ? null : ctx.actor.tenants,
      filter.before?.toString() ?? null,
      filter.code ?? null,
      filter.state,
      filter.limit + 1,
      filter.source ?? null,
      filter.tenant ?? null,
      filter.from ?? null,
      filter.to ?? null,
    ],
  );
  const page = rows.slice(0, filter.limit);
  return { items: page.map(toView), next: rows.length > filter.limit ? page.at(-1)!.id.toString() : null };
}

function toView(row: Row): DeadLetterView {
  return {
    id: row.id.toString(),
    receivedAt: row.received_at.toISOString(),
    source: row.source,
    code: row.code,
    field: row.field,
    reason: row.reason,
    eventId: row.event_id,
    tenant: row.tenant,
    payload: row.payload,
    replayedAt: row.replayed_at?.toISOString() ?? null,
    replayResult: row.replay_result,
  };
}
