import type { Db } from "@/lib/db";

/** How this installation shows time and money, and what it keeps. */
export interface Workspace {
  name: string;
  /** IANA zone: days, weeks and months are built in it. */
  timeZone: string;
  /** ISO 4217. Money is kept in nano-USD; this is how it is shown. */
  currency: string;
  /** True when the numbers come from the simulated fleet. */
  demo: boolean;
  /** Tags that become a dimension; the others stay on the raw row. */
  tagKeys: string[];
  /** How OTLP attributes become tenant, endpoint and feature. Parsed by lib/telemetry/otlp, the owner of its shape. */
  otlpMapping: Record<string, unknown>;
  /** How LiteLLM's keys, teams and users become tenant, endpoint and feature. Parsed by lib/telemetry/litellm. */
  litellmMapping: Record<string, unknown>;
  rawRetentionDays: number;
  /** Approvals that an ordinary change needs. */
  changeQuorum: number;
}

const FRESH_MS = 3_000;
const cache = new WeakMap<Db, { at: number; workspace: Promise<Workspace> }>();

/** The workspace row, at most three seconds old: every ingest batch and every page asks for it. */
export function loadWorkspace(db: Db): Promise<Workspace> {
  const known = cache.get(db);
  if (known && performance.now() - known.at < FRESH_MS) return known.workspace;
  const workspace = readWorkspace(db);
  cache.set(db, { at: performance.now(), workspace });
  // A failed read must not be remembered: the next caller asks again.
  workspace.catch(() => cache.delete(db));
  return workspace;
}

/** Called after a change in this process; the other processes see it within three seconds. */
export function forgetWorkspace(db: Db): void {
  cache.delete(db);
}

async function readWorkspace(db: Db): Promise<Workspace> {
  const row = await db.prisma.workspace.findUniqueOrThrow({ where: { id: 1 } });
  return {
    name: row.name,
    timeZone: row.timeZone,
    currency: row.currency,
    demo: row.demo,
    tagKeys: row.tagKeys,
    otlpMapping: isRecord(row.otlpMapping) ? row.otlpMapping : {},
    litellmMapping: isRecord(row.litellmMapping) ? row.litellmMapping : {},
    rawRetentionDays: row.rawRetentionDays,
    changeQuorum: row.changeQuorum,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
