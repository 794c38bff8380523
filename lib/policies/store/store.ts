/**
 * The only file here that touches the database. Versions are written once; a head moves by compare-and-set. What is in
 * force together is checked and sent together, so savers go one at a time (`lockPolicies`); readers do not wait.
 */
import type { Ctx } from "@/lib/auth/actor";
import type { Db, Tx } from "@/lib/db";
import { canonicalHash } from "@/lib/protocol/canonical";
import { connectorSchema, hardwareSchema } from "@/lib/protocol/connectors";
import type { KnownNode } from "../check-engine";
import type { RenderTarget } from "../render";
import type { StoredDocument } from "./policy-set";
import { policyRefSchema, type PolicyHeadView, type PolicyRef, type PolicyVersionView } from "./schemas";

export type Reader = Tx | Db["prisma"];

/** Publishing to a thousand targets takes seconds; whoever puts something in force waits for the others. */
export const TRANSACTION = { maxWait: 15_000, timeout: 60_000 };

export interface StoredVersion extends PolicyVersionView {
  document: Record<string, unknown>;
}
export type StoredHead = PolicyHeadView & StoredDocument;

interface VersionRow {
  kind: string;
  scopeLevel: string;
  scopeValue: string;
  version: number;
  document: unknown;
  hash: string;
  message: string;
  restoredFrom: number | null;
  authorKind: string;
  authorId: string;
  authorName: string;
  createdAt: Date;
  origin: string;
  changeId: string | null;
}

/** Where a version comes from: an approved change, or the product itself, where nobody had said anything yet. */
export type Origin = { kind: "change"; changeId: string } | { kind: "seed" };

/** Without the document: what a list needs. */
export function viewOf({ version, hash, message, restoredFrom, author, at }: PolicyVersionView): PolicyVersionView {
  return { version, hash, message, restoredFrom, author, at };
}

const whereOf = ({ kind, scope }: PolicyRef) => ({ kind, scopeLevel: scope.level, scopeValue: scope.value ?? "" });

/** Held to the end of the transaction. */
export async function lockPolicies(tx: Tx): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('headroom.policies'))`;
}

export async function loadHeads(reader: Reader): Promise<StoredHead[]> {
  const rows = await reader.policyHead.findMany({
    include: { current: true },
    orderBy: [{ kind: "asc" }, { scopeLevel: "asc" }, { scopeValue: "asc" }],
  });
  return rows.map(({ current }) => ({ ...refOf(current), ...versionOf(current) }));
}

export async function findHead(reader: Reader, ref: PolicyRef): Promise<StoredVersion | null> {
  const row = await reader.policyHead.findUnique({
    where: { kind_scopeLevel_scopeValue: whereOf(ref) },
    include: { current: true },
  });
  return row && versionOf(row.current);
}

export async function findVersion(reader: Reader, ref: PolicyRef, version: number): Promise<StoredVersion | null> {
  const row = await reader.policyVersion.findUnique({
    where: { kind_scopeLevel_scopeValue_version: { ...whereOf(ref), version } },
  });
  return row && versionOf(row);
}

/** Newest first; `before`: only older ones. */
export async function listVersions(
  reader: Reader,
  ref: PolicyRef,
  page: { before: number | null; limit: number },
): Promise<StoredVersion[]> {
  const rows = await reader.policyVersion.findMany({
    where: { ...whereOf(ref), ...(page.before === null ? {} : { version: { lt: page.before } }) },
    orderBy: { version: "desc" },
    take: page.limit,
  });
  return rows.map(versionOf);
}

/**
 * Version `base + 1`. Null: the head is not at `base` any more; then the caller's transaction must end. `unchanged`: this
 * content is in force already, whoever put it there. What an older version said is that version, restored.
 */
export async function moveHead(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "now">,
  draft: StoredDocument & { baseVersion: number; message: string },
  hashInForce: string | null,
  origin: Origin,
): Promise<StoredVersion | "unchanged" | null> {
  const { actor, now } = ctx;
  const { kind, scopeLevel, scopeValue } = whereOf(draft);
  const version = draft.baseVersion + 1;
  const hash = canonicalHash(draft.document);
  if (hash === hashInForce) return "unchanged";
  const restored = await tx.policyVersion.findFirst({
    where: { kind, scopeLevel, scopeValue, hash },
    orderBy: { version: "desc" },
    select: { version: true },
  });
  const row: VersionRow = {
    kind,
    scopeLevel,
    scopeValue,
    version,
    document: draft.document,
    hash,
    message: draft.message,
    restoredFrom: restored?.version ?? null,
    authorKind: actor.kind,
    authorId: actor.id,
    authorName: actor.name,
    createdAt: now,
    origin: origin.kind,
    changeId: origin.kind === "change" ? origin.changeId : null,
  };
  const data = { ...row, document: draft.document as object };
  const { count } = await tx.policyVersion.createMany({ data: [data], skipDuplicates: true });
  if (count === 0) return null;
  const moved =
    draft.baseVersion === 0
      ? await tx.$queryRaw<unknown[]>`
          insert into policy_head (kind, scope_level, scope_value, version, updated_at)
          values (${kind}, ${scopeLevel}, ${scopeValue}, ${version}, ${now})
          on conflict do nothing returning version`
      : await tx.$queryRaw<unknown[]>`
          update policy_head set version = ${version}, updated_at = ${now}
          where kind = ${kind} and scope_level = ${scopeLevel} and scope_value = ${scopeValue}
            and version = ${draft.baseVersion} returning version`;
  return moved.length === 0 ? null : versionOf(row);
}

export interface StoredTarget extends RenderTarget {
  id: string;
  simulated: boolean;
  /** Hash of the newest order; null when it never had one. */
  desiredHash: string | null;
}

/** All that may be given configuration, by name. `id`: this one only. */
export async function loadTargets(reader: Reader, id?: string): Promise<StoredTarget[]> {
  const rows = await reader.target.findMany({
    where: { state: { not: "revoked" }, ...(id === undefined ? {} : { id }) },
    select: {
      id: true,
      name: true,
      connector: true,
      environment: true,
      poolId: true,
      capabilities: true,
      hardware: true,
      simulated: true,
      desiredHash: true,
    },
    orderBy: { name: "asc" },
  });
  return rows.flatMap(({ poolId, connector, hardware, ...row }) => {
    const known = connectorSchema.safeParse(connector);
    // Enrolled by a newer version of the console.
    if (!known.success) return [];
    const seen = hardwareSchema.nullable().safeParse(hardware);
    return { ...row, connector: known.data, pool: poolId, hardware: seen.success ? seen.data : null };
  });
}

/** Machines known by their samples, and by what their agents say, which is newer. */
export async function loadNodes(reader: Reader, targets: readonly StoredTarget[]): Promise<KnownNode[]> {
  const rows = await reader.node.findMany({ include: { pool: true } });
  const nodes = new Map<string, KnownNode>(
    rows.map((row) => [row.id, { name: row.id, pool: row.poolId, gpuType: row.gpuType, engine: row.pool.engine }]),
  );
  for (const target of targets.filter(({ connector }) => connector === "engine")) {
    const known = nodes.get(target.name);
    nodes.set(target.name, {
      name: target.name,
      pool: target.pool,
      gpuType: target.hardware?.gpuType ?? known?.gpuType ?? null,
      engine: target.hardware?.engine ?? known?.engine ?? null,
    });
  }
  return [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function refOf(row: VersionRow): PolicyRef {
  const scope = { level: row.scopeLevel, value: row.scopeLevel === "global" ? null : row.scopeValue };
  return policyRefSchema.parse({ kind: row.kind, scope });
}

const versionOf = (row: VersionRow): StoredVersion => ({
  version: row.version,
  hash: row.hash,
  message: row.message,
  restoredFrom: row.restoredFrom,
  author: { kind: row.authorKind, id: row.authorId, name: row.authorName },
  at: row.createdAt.toISOString(),
  document: row.document as Record<string, unknown>,
});
