/** What approvals are bound to: any edit of any of it voids every approval. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

export interface ChangeContent {
  /** Policy edits by policy key (`kind/level/value`): the patch that is to become the next version. */
  diff: Record<string, unknown>;
  /** Version of each policy that the edit was made on. */
  baseVersions: Record<string, number>;
  scope: { level: string; value: string | null };
  targetSelector: Record<string, unknown>;
  rolloutPlan: Record<string, unknown>;
  guardrails: readonly Record<string, unknown>[];
  /** When it is to begin by itself, with the zone it was chosen in; null: when somebody starts it. */
  schedule: { at: string; timeZone: string } | null;
}

/** sha256 over the canonical form (RFC 8785), 64 hex digits. */
export function contentHash(content: ChangeContent): string {
  const { diff, baseVersions, scope, targetSelector, rolloutPlan, guardrails, schedule } = content;
  const text = canonicalize({ diff, baseVersions, scope, targetSelector, rolloutPlan, guardrails, schedule });
  if (text === undefined) throw new Error("The content of a change must be JSON.");
  return createHash("sha256").update(text).digest("hex");
}
