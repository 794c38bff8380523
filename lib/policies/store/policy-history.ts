import { requireRole, type Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { diffPolicies } from "../diff";
import { requireSeen } from "./access";
import { layerOf } from "./policy-set";
import { policyRefSchema, type PolicyRef, type PolicyVersionView } from "./schemas";
import { findHead, findVersion, listVersions } from "./store";

const PAGE = 20;

export interface PolicyHistory {
  /** Newest first, each with what it changed in words. */
  versions: (PolicyVersionView & { changes: string[] })[];
  /** Ask for older ones with `before` = this; null: that was all. */
  next: number | null;
}

export async function policyHistory(ctx: Ctx, input: PolicyRef, before: number | null = null): Promise<PolicyHistory> {
  const ref = seen(ctx, input);
  const rows = await listVersions(ctx.db.prisma, ref, { before, limit: PAGE + 1 });
  const versions = rows.slice(0, PAGE).map(({ document, ...version }, index) => ({
    ...version,
    changes: diffPolicies([layerOf(ref, rows[index + 1]?.document ?? {})], [layerOf(ref, document)]),
  }));
  return { versions, next: rows.length > PAGE ? versions.at(-1)!.version : null };
}

export interface PolicyDocument {
  /** Null: this scope never said anything of this kind. Edit from version 0. */
  current: PolicyVersionView | null;
  document: Record<string, unknown>;
}

/** What one scope says of one kind; `version` absent: what is in force. */
export async function readPolicy(ctx: Ctx, input: PolicyRef, version?: number): Promise<PolicyDocument> {
  const ref = seen(ctx, input);
  const found = version === undefined ? await findHead(ctx.db.prisma, ref) : await findVersion(ctx.db.prisma, ref, version);
  if (!found) {
    if (version === undefined) return { current: null, document: {} };
    throw missing(version);
  }
  const { document, ...current } = found;
  return { current, document };
}

export interface VersionDiff {
  changes: string[];
  from: Record<string, unknown>;
  to: Record<string, unknown>;
}

/** `from` 0: nothing was said. */
export async function diffVersions(ctx: Ctx, input: PolicyRef, from: number, to: number): Promise<VersionDiff> {
  const ref = seen(ctx, input);
  const [a, b] = await Promise.all(
    [from, to].map((version) => (version === 0 ? null : findVersion(ctx.db.prisma, ref, version))),
  );
  if (from !== 0 && !a) throw missing(from);
  if (to !== 0 && !b) throw missing(to);
  const [before, after] = [a?.document ?? {}, b?.document ?? {}];
  return { changes: diffPolicies([layerOf(ref, before)], [layerOf(ref, after)]), from: before, to: after };
}

function seen(ctx: Ctx, input: PolicyRef): PolicyRef {
  requireRole(ctx, "viewer");
  const ref = policyRefSchema.parse(input);
  requireSeen(ctx, ref);
  return ref;
}

const missing = (version: number) => new AppError("not_found", `There is no version ${version} of this policy.`);
