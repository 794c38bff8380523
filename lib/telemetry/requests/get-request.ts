import type pg from "pg";
import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { DETAIL_COLUMNS, LIST_COLUMNS, toEvent, toListRow, toRating, type DetailRecord, type ListRecord } from "./event-row";
import type { RequestEvent, RequestRow, StoredRating } from "./schemas";

export interface FoundRequest {
  requestId: string;
  tenant: string;
  /** In order of attempt. */
  attempts: { event: RequestEvent; rating: StoredRating }[];
  action: FoundAction | null;
}

export type ActionEvent = Omit<RequestRow, "attempts" | "requestCostUsd">;

export interface FoundAction {
  id: string;
  /** In order of time; every attempt of every request of the chain. */
  events: ActionEvent[];
  /** The chain is longer than what is shown. */
  truncated: boolean;
}

const MAX_ACTION_EVENTS = 500;

/**
 * One request with all its attempts, and the chain of its action. An event id finds its request too. What belongs to
 * other tenants does not exist. Two tenants may use one id: `tenant` says which, else the latest is meant.
 */
export async function getRequest(ctx: Ctx, id: string, tenant?: string): Promise<FoundRequest> {
  const { pool } = ctx.db;
  const scope = ctx.actor.tenants === "all" ? null : [...ctx.actor.tenants];
  const found =
    (await latestOf(pool, "request_id = $1", id, scope, tenant)) ??
    (await latestOf(
      pool,
      "id = $1 and occurred_at = (select occurred_at from telemetry.event_identity where id = $1)",
      id,
      scope,
      tenant,
    ));
  if (!found) {
    throw new AppError("not_found", `There is no request "${id}" here. It may be older than the retention of raw rows.`);
  }
  const { rows } = await pool.query<DetailRecord>(
    `select ${DETAIL_COLUMNS} from telemetry.event where request_id = $1 and tenant = $2
     order by attempt, occurred_at, id limit 200`,
    [found.request_id, found.tenant],
  );
  const actionId = rows.find((row) => row.action_id !== null)?.action_id ?? null;
  return {
    requestId: found.request_id,
    tenant: found.tenant,
    attempts: rows.map((row) => ({ event: toEvent(row), rating: toRating(row) })),
    action: actionId === null ? null : await readAction(pool, actionId, found.tenant),
  };
}

async function latestOf(
  pool: pg.Pool,
  condition: string,
  id: string,
  scope: string[] | null,
  tenant: string | undefined,
): Promise<{ request_id: string; tenant: string } | undefined> {
  const { rows } = await pool.query<{ request_id: string; tenant: string }>(
    `select request_id, tenant from telemetry.event
     where ${condition} and ($2::text[] is null or tenant = any($2)) and ($3::text is null or tenant = $3)
     order by occurred_at desc limit 1`,
    [id, scope, tenant ?? null],
  );
  return rows[0];
}

async function readAction(pool: pg.Pool, actionId: string, tenant: string): Promise<FoundAction> {
  const { rows } = await pool.query<ListRecord>(
    `select ${LIST_COLUMNS} from telemetry.event where action_id = $1 and tenant = $2
     order by occurred_at, attempt, id limit ${MAX_ACTION_EVENTS + 1}`,
    [actionId, tenant],
  );
  return { id: actionId, events: rows.slice(0, MAX_ACTION_EVENTS).map(toListRow), truncated: rows.length > MAX_ACTION_EVENTS };
}
