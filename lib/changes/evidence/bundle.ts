/** All that there is to say about one change, in a file that proves itself: see verify-bundle.ts. */
import type { ChainedEvent } from "@/lib/audit/append";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { ChangeContent } from "../request/content-hash";
import type { RolloutPlan } from "../rollout/plan";

export interface BundleBody {
  schema: 1;
  exportedAt: string;
  change: {
    id: string;
    number: number;
    status: string;
    contentHash: string;
    content: ChangeContent;
    contributors: string[];
    quorum: number;
    breakGlass: unknown;
    [more: string]: unknown;
  };
  approvals: unknown[];
  comments: unknown[];
  evaluations: unknown[];
  rollout: {
    id: string;
    plan: RolloutPlan;
    state: unknown;
    commands: unknown[];
    targets: { targetId: string; stableHash: string | null; finalHash: string | null; [more: string]: unknown }[];
    /** What the targets were given before and after, by hash. */
    payloads: Record<string, unknown>;
    ticks: { seq: number; at: string; facts: unknown; decision: unknown }[];
    acks: unknown[];
    [more: string]: unknown;
  } | null;
}

export interface BundleLink {
  event: ChainedEvent;
  prevHash: string;
  hash: string;
}

export interface Bundle extends BundleBody {
  /** The audit chain from the first event of the change to the export itself, without a gap. */
  audit: { links: BundleLink[]; head: { seq: string; hash: string } };
}

/** Written into the chain by the export: it binds everything that the chain itself does not hold. */
export const bodyHash = (body: BundleBody): string => canonicalHash(body);
