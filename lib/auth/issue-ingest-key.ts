/**
 * The ingest key of a machine: made when it enrols, ended when it is revoked. In raw SQL and inside the caller's
 * transaction, because the fleet server does without Prisma. Who may call this is decided by the enrolment token.
 */
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { appendAuditRaw } from "@/lib/audit/append";
import type { Ctx } from "./actor";
import { hashApiKey } from "./key-actor";

/** How much of a key is shown afterwards, as in create-api-key.ts. */
const SHOWN_PREFIX = 10;

type Who = Pick<Ctx, "actor" | "now">;

export async function issueIngestKey(client: pg.PoolClient, ctx: Who, name: string): Promise<{ id: string; key: string }> {
  const key = `hr_${randomBytes(32).toString("base64url")}`;
  const prefix = key.slice(0, SHOWN_PREFIX);
  const { rows } = await client.query<{ id: string }>(
    `insert into api_key (name, prefix, hash, scopes, created_at) values ($1, $2, $3, '{ingest}', $4) returning id`,
    [name, prefix, hashApiKey(key), ctx.now],
  );
  const { id } = rows[0]!;
  const data = { name, prefix, scopes: ["ingest"], tenantId: null, expiresAt: null };
  await appendAuditRaw(client, ctx, { action: "api_key.create", subject: `api_key:${id}`, data });
  return { id, key };
}

/** Ends it for good; other processes refuse it within ten seconds. Ending it twice changes nothing. */
export async function endIngestKey(client: pg.PoolClient, ctx: Who, id: string): Promise<void> {
  const { rows } = await client.query<{ name: string; prefix: string }>(
    "update api_key set revoked_at = $2 where id = $1 and revoked_at is null returning name, prefix",
    [id, ctx.now],
  );
  const ended = rows[0];
  if (ended) await appendAuditRaw(client, ctx, { action: "api_key.revoke", subject: `api_key:${id}`, data: { ...ended } });
}
