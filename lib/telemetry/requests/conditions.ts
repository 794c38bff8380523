/** A filter as SQL over telemetry.event. Pure. The tenant scope of the actor is always part of it. */
import type { TenantScope } from "@/lib/auth/actor";
import { toNanoUsd } from "@/lib/money";
import { decodeCursor } from "./cursor";
import type { RequestDimension, RequestFilter, RequestSort } from "./schemas";

export interface Sql {
  text: string;
  values: unknown[];
}

/** Every other dimension is a column of its name: the zod schema lets no other text through. */
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The layer that answered, 'miss' when one was asked and had nothing, 'none' when nobody asked: as lib/metrics says it. */
const CACHE_OUTCOME = "case when cache_hit then cache_layer when cache_layer = 'none' then 'none' else 'miss' end";

/** What each sort orders by, descending; ties by time and id, so that pages never repeat or skip a row. */
export const SORT_COLUMN: Record<RequestSort, string | null> = {
  recent: null,
  cost: "cost_nano",
  latency: "coalesce(latency_ms, -1)",
};

/** Never all of time: a partitioned table with years in it must be entered by its time. */
export interface Period {
  from: Date;
  to: Date;
}

export function conditionsOf(filter: RequestFilter, period: Period, scope: TenantScope, tagKeys: readonly string[]): Sql {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const parts: string[] = [];
  if (scope !== "all") parts.push(`tenant = any(${bind(scope)}::text[])`);
  if (filter.q === undefined) {
    parts.push(`occurred_at >= ${bind(period.from)}`, `occurred_at < ${bind(period.to)}`);
  } else {
    const q = bind(filter.q);
    // Three indexes; an event id is found through its identity, which knows the day.
    parts.push(
      `(request_id = ${q} or action_id = ${q} or (occurred_at = (select occurred_at from telemetry.event_identity where id = ${q}) and id = ${q}))`,
    );
  }
  if (filter.rows === "requests" && filter.q === undefined) parts.push("final", "not shadow");
  for (const [dimension, wanted] of Object.entries(filter.dimensions) as [RequestDimension, string[]][]) {
    const expression = expressionOf(dimension, tagKeys, bind);
    const among = `${bind(wanted)}::text[]`;
    // A tag filter matches one pair (`team=cx`) or the whole text.
    parts.push(
      dimension === "tags"
        ? `(${expression} = any(${among}) or string_to_array(${expression}, ',') && ${among})`
        : `${expression} = any(${among})`,
    );
  }
  if (filter.pricing.length > 0) parts.push(`pricing_state = any(${bind(filter.pricing)}::text[])`);
  if (filter.flags.includes("retry")) parts.push("attempt > 1");
  if (filter.flags.includes("duplicate")) parts.push("duplicate");
  if (filter.flags.includes("fallback")) parts.push("attempt > 1 and model_served <> model_requested");
  if (filter.minCostUsd !== undefined) parts.push(`cost_nano >= ${bind(toNanoUsd(filter.minCostUsd).toString())}::bigint`);
  if (filter.minLatencyMs !== undefined) parts.push(`latency_ms >= ${bind(filter.minLatencyMs)}`);
  if (filter.cursor !== undefined) parts.push(afterCursor(filter, bind));
  return { text: parts.join("\n   and "), values };
}

function afterCursor(filter: RequestFilter, bind: (value: unknown) => string): string {
  const cursor = decodeCursor(filter.cursor!, filter.sort);
  const at = `${bind(cursor.at)}::timestamptz`;
  const id = bind(cursor.id);
  if (filter.sort === "recent") return `(occurred_at, id) < (${at}, ${id})`;
  const type = filter.sort === "cost" ? "bigint" : "double precision";
  return `(${SORT_COLUMN[filter.sort]}, occurred_at, id) < (${bind(cursor.value)}::${type}, ${at}, ${id})`;
}

function expressionOf(dimension: RequestDimension, tagKeys: readonly string[], bind: (value: unknown) => string): string {
  if (dimension === "cacheOutcome") return `(${CACHE_OUTCOME})`;
  if (dimension === "tags") return tagExpression(tagKeys, bind);
  return `coalesce(${snake(dimension)}::text, '')`;
}

/** The same text as the tag dimension of the rollups: allow-listed keys, sorted, `env=prod,team=cx`. */
function tagExpression(tagKeys: readonly string[], bind: (value: unknown) => string): string {
  const keys = [...new Set(tagKeys)].sort();
  if (keys.length === 0) return "''::text";
  const pairs = keys.map((key) => {
    const name = `${bind(key)}::text`;
    return `case when tags ? ${name} then ${name} || '=' || replace(tags ->> ${name}, ',', ';') end`;
  });
  return `concat_ws(',', ${pairs.join(", ")})`;
}
