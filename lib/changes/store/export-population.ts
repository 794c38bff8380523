import { requireRole, type Ctx } from "@/lib/auth/actor";
import { csvCell } from "@/lib/telemetry/requests/csv";
import { visibleIds } from "./list-changes";

interface Row {
  [column: string]: string | number | boolean | Date | null;
}

/** Every change that there ever was, as CSV: whoever samples them must know that none is missing. */
export async function exportPopulation(ctx: Ctx): Promise<string> {
  // A key that may read may read this; of people, those who work with changes.
  if (ctx.actor.kind !== "api_key") requireRole(ctx, "analyst");
  const visible = await visibleIds(ctx);
  const { rows } = await ctx.db.pool.query<Row>(
    `select c.number, c.id, c.title, c.status, c.status_reason, c.since, c.created_at, c.author_id, c.author_name,
       array_to_string(c.contributors, ' ') as contributors, c.content_hash,
       (select string_agg(key, ' ' order by key) from json_object_keys(c.content -> 'diff') as key) as policies,
       c.restart_class, c.four_bit, c.quorum,
       (select string_agg(a.user_name || ' ' || to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '; ' order by a.at)
        from change_approval a where a.change_id = c.id and a.content_hash = c.content_hash) as approvals,
       (c.break_glass is not null) as break_glass, c.review_owed, r.id as rollout_id, r.phase as rollout_phase, r.started_at, r.ended_at
     from change c left join rollout r on r.change_id = c.id where $1::uuid[] is null or c.id = any($1) order by c.number`,
    [visible === "all" ? null : visible],
  );
  const lines = rows.map((row) => COLUMNS.map((column) => csvCell(textOf(row[column] ?? null))).join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
}

const COLUMNS = [
  "number",
  "id",
  "title",
  "status",
  "status_reason",
  "since",
  "created_at",
  "author_id",
  "author_name",
  "contributors",
  "content_hash",
  "policies",
  "restart_class",
  "four_bit",
  "quorum",
  "approvals",
  "break_glass",
  "review_owed",
  "rollout_id",
  "rollout_phase",
  "started_at",
  "ended_at",
] as const;

const textOf = (value: string | number | boolean | Date | null): string =>
  value instanceof Date ? value.toISOString() : value === null ? "" : String(value);
