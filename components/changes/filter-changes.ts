/** Which changes are listed. Pure. */
import type { ChangeStatus } from "@/lib/changes/request/machine";
import type { ChangeSummary } from "@/lib/changes/schemas";

export const STATUS_GROUPS = {
  open: ["draft", "in_review", "approved", "scheduled", "suspended", "executing"],
  in_review: ["in_review"],
  executing: ["executing"],
  done: ["promoted", "rolled_back", "failed_preflight", "rejected", "cancelled", "expired"],
} as const satisfies Record<string, readonly ChangeStatus[]>;
export type StatusGroup = keyof typeof STATUS_GROUPS;
export const STATUS_CHOICES = ["all", ...(Object.keys(STATUS_GROUPS) as StatusGroup[])] as const;

export interface ChangeFilter {
  status: (typeof STATUS_CHOICES)[number];
  /** Drafted by the person looking. */
  mine: boolean;
  /** In review, and not theirs. */
  awaiting: boolean;
}

export interface Reader {
  id: string;
  mayApprove: boolean;
}

const isIn = (status: ChangeStatus, group: ChangeFilter["status"]) =>
  group === "all" || (STATUS_GROUPS[group] as readonly ChangeStatus[]).includes(status);

/** Whether the reader is one of those whose word is missing. Who edited it is known to its own page only. */
const awaits = (change: ChangeSummary, reader: Reader) =>
  reader.mayApprove && change.status === "in_review" && change.author.id !== reader.id;

export function filterChanges(changes: readonly ChangeSummary[], filter: ChangeFilter, reader: Reader): ChangeSummary[] {
  return changes.filter(
    (change) =>
      isIn(change.status, filter.status) &&
      (!filter.mine || change.author.id === reader.id) &&
      (!filter.awaiting || awaits(change, reader)),
  );
}

/** How many each choice would list, with the other filters as they are. */
export function countChanges(changes: readonly ChangeSummary[], filter: ChangeFilter, reader: Reader) {
  const count = (over: Partial<ChangeFilter>) => filterChanges(changes, { ...filter, ...over }, reader).length;
  return {
    status: STATUS_CHOICES.map((status) => ({ status, count: count({ status }) })),
    mine: count({ mine: true }),
    awaiting: count({ awaiting: true }),
  };
}

export const isNarrowed = ({ status, mine, awaiting }: ChangeFilter) => status !== "all" || mine || awaiting;
