/** Everybody's own: limited to tenants, one sees what is about these and no others. */
import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import type { z } from "zod";
import type { IncidentState, Severity } from "../schemas";
import { inboxQuerySchema, markReadSchema, type InboxView } from "./schemas";

const PAGE = 50;
const UNREAD_DAYS = 30;

interface Row {
  id: bigint;
  source: string;
  severity: Severity;
  incident_state: IncidentState | null;
  title: string;
  body: string;
  path: string;
  facts: { label: string; value: string }[];
  at: Date;
  read: boolean;
  quiet: boolean;
}

const NOBODY = "00000000-0000-0000-0000-000000000000";
/** API keys read nothing away from anybody. */
const readerOf = ({ actor }: Pick<Ctx, "actor">) => (actor.kind === "user" ? actor.id : NOBODY);
const tenantsOf = ({ actor }: Pick<Ctx, "actor">) => (actor.tenants === "all" ? null : [...actor.tenants]);
/** As `isFor` of ../tenants, in SQL: `$2` null sees everything. */
const SEEN = "($2::text[] is null or (n.tenants <@ $2::text[] and not '*' = any(n.tenants)))";

export async function readInbox(ctx: Ctx, query: z.input<typeof inboxQuerySchema>): Promise<InboxView> {
  requireRole(ctx, "viewer");
  const { before } = inboxQuerySchema.parse(query);
  const { rows } = await ctx.db.pool.query<Row>(
    `select n.id, n.source, n.severity, n.incident_state, n.title, n.body, n.path, n.facts, n.at, n.quiet,
       exists (select 1 from notification_read r where r.notification_id = n.id and r.user_id = $1) as read
     from notification n where ${SEEN} and ($3::bigint is null or n.id < $3) order by n.id desc limit $4`,
    [readerOf(ctx), tenantsOf(ctx), before ?? null, PAGE + 1],
  );
  const counted = await ctx.db.pool.query<{ unread: number }>(
    `select count(*)::int as unread from notification n where ${SEEN} and not n.quiet and n.created_at > $3
       and not exists (select 1 from notification_read r where r.notification_id = n.id and r.user_id = $1)`,
    [readerOf(ctx), tenantsOf(ctx), since(ctx.now)],
  );
  const shown = rows.slice(0, PAGE);
  return {
    entries: shown.map(({ id, incident_state: incidentState, at, ...row }) => ({
      ...row,
      id: String(id),
      incidentState,
      at: at.toISOString(),
    })),
    unread: ctx.actor.kind === "user" ? counted.rows[0]!.unread : 0,
    next: rows.length > PAGE ? String(shown.at(-1)!.id) : null,
  };
}

const since = (now: Date) => new Date(now.getTime() - UNREAD_DAYS * 86_400_000);

/** A note of one's own: nothing that an auditor would ask for. */
export async function markRead(ctx: Ctx, input: z.input<typeof markReadSchema>): Promise<void> {
  requireRole(ctx, "viewer");
  if (ctx.actor.kind !== "user") throw new AppError("forbidden", "An inbox belongs to a person.");
  const { upTo } = markReadSchema.parse(input);
  await ctx.db.pool.query(
    `insert into notification_read (user_id, notification_id)
     select $1, n.id from notification n where ${SEEN} and n.id <= $3 and n.created_at > $4 on conflict do nothing`,
    [ctx.actor.id, tenantsOf(ctx), upTo, since(ctx.now)],
  );
}
