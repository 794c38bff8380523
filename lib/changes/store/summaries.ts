/** Rows as lists show them. What can be derived is derived, for many of them at once. */
import type { Prisma } from "@/lib/db";
import { loadHeads } from "@/lib/policies/store/store";
import { editName, editsOf, policyKey } from "../describe/policy-edits";
import { countingApprovals, type ChangeStatus } from "../request/machine";
import type { RolloutPlan } from "../rollout/plan";
import type { RolloutState } from "../rollout/state";
import { OPEN_STATUSES, type ChangeSummary } from "../schemas";
import { covers } from "./people";
import { freezeNow } from "./read-gates";
import { contentOf, stateOf, type Reader } from "./rows";

export const SUMMARY = { approvals: { orderBy: { at: "asc" } }, rollout: true } satisfies Prisma.ChangeInclude;
export type SummaryRow = Prisma.ChangeGetPayload<{ include: typeof SUMMARY }>;

const isOpen = (status: string) => (OPEN_STATUSES as readonly string[]).includes(status);

export async function summariesOf(reader: Reader, rows: readonly SummaryRow[], now: Date): Promise<ChangeSummary[]> {
  const [heads, open, leads, frozen] = await Promise.all([
    loadHeads(reader),
    reader.change.findMany({ where: { status: { in: [...OPEN_STATUSES] } }, select: { id: true, content: true } }),
    reader.user.findMany({
      where: { disabledAt: null, role: { in: ["lead", "admin"] } },
      select: { id: true, tenantLimited: true, tenants: { select: { tenantId: true } } },
    }),
    freezeNow(reader, now),
  ]);
  const versions = new Map(heads.map((head) => [policyKey(head), head.version]));
  const editors = new Map<string, Set<string>>();
  for (const { id, content } of open) {
    for (const key of Object.keys(contentOf({ content }).diff)) editors.set(key, (editors.get(key) ?? new Set()).add(id));
  }
  return rows.map((row) => {
    const content = contentOf(row);
    const keys = Object.keys(content.diff);
    const mayApprove = leads.filter((user) =>
      covers(user.tenantLimited ? user.tenants.map(({ tenantId }) => tenantId) : "all", row.tenants),
    );
    const counting = countingApprovals(stateOf(row), new Set(mayApprove.map(({ id }) => id)));
    const waits = isOpen(row.status) && row.status !== "executing";
    return {
      id: row.id,
      number: row.number,
      title: row.title,
      status: row.status as ChangeStatus,
      statusReason: row.statusReason,
      since: row.since.toISOString(),
      author: { id: row.authorId, name: row.authorName },
      restartClass: row.restartClass as ChangeSummary["restartClass"],
      edits: editsOf(content).map(editName),
      approvals: { counting, quorum: row.quorum },
      flags: {
        stale: waits && keys.some((key) => (versions.get(key) ?? 0) !== (content.baseVersions[key] ?? 0)),
        conflicting: isOpen(row.status) && keys.some((key) => [...(editors.get(key) ?? [])].some((id) => id !== row.id)),
        frozen: waits && frozen !== null,
        awaitingQuorum: row.status === "in_review" && counting < row.quorum,
        reviewOwed: row.reviewOwed,
      },
      rollout: rolloutOf(row),
    };
  });
}

function rolloutOf({ rollout }: SummaryRow): ChangeSummary["rollout"] {
  if (!rollout) return null;
  const state = rollout.state as unknown as RolloutState;
  const { sharesPercent } = rollout.plan as unknown as RolloutPlan;
  const { phase, step, pauses, reason } = state;
  return { id: rollout.id, phase, step, steps: sharesPercent.length, pauses, reason };
}
