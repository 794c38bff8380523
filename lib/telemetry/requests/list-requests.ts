import { hasRole, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { nanoToUsd } from "@/lib/money";
import { DAY_MS } from "@/lib/time";
import { loadWorkspace } from "@/lib/workspace";
import { conditionsOf, SORT_COLUMN, type Period } from "./conditions";
import { encodeCursor } from "./cursor";
import { LIST_COLUMNS, toListRow, type ListRecord } from "./event-row";
import { requestFilterSchema, type RequestFilter, type RequestFilterInput, type RequestPage, type RequestRow } from "./schemas";

const TIMEOUT_MS = 15_000;
const STATEMENT_TIMED_OUT = "57014";

/** One page of requests that the actor may see, newest (or dearest, or slowest) first. */
export async function listRequests(ctx: Ctx, input: RequestFilterInput): Promise<RequestPage> {
  const filter = requestFilterSchema.parse(input);
  const period = periodOf(filter, ctx.now);
  const { tagKeys } = await loadWorkspace(ctx.db);
  const where = conditionsOf(filter, period, ctx.actor.tenants, tagKeys);
  const sort = SORT_COLUMN[filter.sort];
  const order = [...(sort ? [`${sort} desc`] : []), "occurred_at desc", "id desc"].join(", ");
  const text = `select ${LIST_COLUMNS}${sort ? `, (${sort})::text as sort_value` : ""}
   from telemetry.event where ${where.text} order by ${order} limit ${filter.limit + 1}`;
  const { rows, totals } = await withTimeout(ctx, async (query) => {
    const found = (await query(text, where.values)) as (ListRecord & { sort_value?: string })[];
    const page = found.slice(0, filter.limit);
    return { rows: found, totals: await requestTotals(query, page) };
  });
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  return {
    rows: page.map((row) => withTotals(row, totals)),
    nextCursor:
      rows.length > filter.limit && last
        ? encodeCursor({ sort: filter.sort, value: last.sort_value ?? null, at: last.occurred_at.toISOString(), id: last.id })
        : null,
    from: period.from.toISOString(),
    to: period.to.toISOString(),
  };
}

/** People need analyst to take rows out; an API key that may read them may have them as CSV too. */
export function requireExport(ctx: Pick<Ctx, "actor">): void {
  if (ctx.actor.kind === "user" && !hasRole(ctx.actor, "analyst")) {
    throw new AppError("forbidden", `Exporting needs the role analyst; you are ${ctx.actor.role}.`);
  }
}

/** Every row of a filter, a page at a time: no connection is held between pages. */
export async function* eachRequest(ctx: Ctx, input: RequestFilterInput, pageSize = 1_000): AsyncGenerator<RequestRow[]> {
  requireExport(ctx);
  // The period is fixed now: rows that arrive while pages are read do not shift its end.
  const filter = requestFilterSchema.parse(input);
  const period = periodOf(filter, ctx.now);
  let cursor: string | null | undefined;
  do {
    const page = await listRequests(ctx, {
      ...filter,
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      limit: pageSize,
      ...(cursor ? { cursor } : {}),
    });
    if (page.rows.length > 0) yield page.rows;
    cursor = page.nextCursor;
  } while (cursor);
}

function periodOf(filter: RequestFilter, now: Date): Period {
  const to = filter.to ? new Date(filter.to) : now;
  const from = filter.from ? new Date(filter.from) : new Date(to.getTime() - DAY_MS);
  if (from >= to) throw new AppError("invalid", "The time range ends before it begins.", { field: "to" });
  return { from, to };
}

type Query = (text: string, values: unknown[]) => Promise<unknown[]>;

/** A search over months of rows is stopped before it hurts others, and says what to do. */
async function withTimeout<T>(ctx: Ctx, work: (query: Query) => Promise<T>): Promise<T> {
  try {
    return await withTransaction(ctx.db.pool, async (client) => {
      await client.query(`set transaction read only; set local statement_timeout = ${TIMEOUT_MS}`);
      return work(async (text, values) => (await client.query(text, values)).rows as unknown[]);
    });
  } catch (error) {
    if ((error as { code?: string }).code !== STATEMENT_TIMED_OUT) throw error;
    throw new AppError("unprocessable", "This search took longer than 15 seconds. Choose a shorter time range or add a filter.");
  }
}

interface Totals {
  attempts: number;
  costNanoUsd: bigint;
}

const totalsKey = (row: { tenant: string; request_id: string }) => `${row.tenant}\0${row.request_id}`;

/** Attempts and cost of whole requests. Attempts of one request lie within a day of each other. */
async function requestTotals(query: Query, page: readonly ListRecord[]): Promise<Map<string, Totals>> {
  if (page.length === 0) return new Map();
  const times = page.map((row) => row.occurred_at.getTime());
  const rows = (await query(
    `select tenant, request_id, count(*) filter (where not shadow)::int as attempts, sum(cost_nano)::text as cost
     from telemetry.event
     where request_id = any($1::text[]) and tenant = any($2::text[]) and occurred_at >= $3 and occurred_at < $4
     group by tenant, request_id`,
    [
      [...new Set(page.map((row) => row.request_id))],
      [...new Set(page.map((row) => row.tenant))],
      new Date(Math.min(...times) - DAY_MS),
      new Date(Math.max(...times) + DAY_MS),
    ],
  )) as { tenant: string; request_id: string; attempts: number; cost: string }[];
  return new Map(rows.map((row) => [totalsKey(row), { attempts: row.attempts, costNanoUsd: BigInt(row.cost) }]));
}

function withTotals(row: ListRecord, totals: Map<string, Totals>): RequestRow {
  const total = totals.get(totalsKey(row));
  return { ...toListRow(row), attempts: total?.attempts ?? 1, requestCostUsd: nanoToUsd(total?.costNanoUsd ?? row.cost_nano) };
}
