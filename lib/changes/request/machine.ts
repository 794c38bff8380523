/**
 * Who may take a change request where.
 *
 *   draft ─submit─► in_review ─approve (quorum)─► approved ─schedule─► scheduled ─clock─► executing ─► promoted
 *     ▲                │ │                           │                    │  ▲                    ├──► rolled_back
 *     └─ask_changes────┘ └─reject─► rejected         └─────start──────────┼──┼───► executing      └──► failed_preflight
 *     └─edit (in_review, approved, scheduled)            gate failed ─► suspended ─resume─┘
 *
 *   draft, in_review, approved, scheduled, suspended ─cancel─► cancelled     in_review, approved, suspended ─clock─► expired
 *   draft ─break_glass─► executing (no quorum, no freeze check; a review afterwards is owed)
 *
 * Pure: whether it may, and what it becomes. Approvals bind to the content hash; one that does not fit it does not count.
 */
export const CHANGE_STATUSES = [
  "draft",
  "in_review",
  "approved",
  "scheduled",
  "suspended",
  "executing",
  "promoted",
  "rolled_back",
  "failed_preflight",
  "rejected",
  "cancelled",
  "expired",
] as const;
export type ChangeStatus = (typeof CHANGE_STATUSES)[number];

export interface Approval {
  userId: string;
  contentHash: string;
}

export interface ChangeState {
  status: ChangeStatus;
  contentHash: string;
  /** Author and everybody who ever edited it: none of them may approve it. */
  contributors: readonly string[];
  authorId: string;
  approvals: readonly Approval[];
  /** Somebody asked for changes and it was not edited since. */
  openRequestForChanges: boolean;
  quorum: number;
  scheduledAt: Date | null;
  /** When it came into this status. */
  since: Date;
  /** Started by break-glass: somebody must review it afterwards. */
  reviewOwed: boolean;
}

export interface Person {
  id: string;
  /** As the roles are now, not as they were. */
  isLead: boolean;
  isAdmin: boolean;
  mayDraft: boolean;
  mayBreakGlass: boolean;
  /** Whether their tenants cover everything this change touches. */
  covers: boolean;
}

/** What the world says at the moment of the action. Sentences; empty means fine. */
export interface Gates {
  /** Schema, meaning, and a dry-run render for every target. */
  content: readonly string[];
  /** Evaluations that are required and missing or too old. */
  evidence: readonly string[];
  /** Policies whose version moved since. */
  stale: readonly string[];
  frozen: string | null;
  /** Another change that executes in the same blast domain. */
  lockedBy: string | null;
  /** Approvers who hold their role now. */
  activeApprovers: ReadonlySet<string>;
}

export type Action =
  | { kind: "submit" | "start" | "resume" | "cancel" | "approve" }
  | { kind: "ask_changes" | "reject"; comment: string }
  | { kind: "edit"; contentHash: string; quorum: number }
  | { kind: "schedule"; at: Date }
  | { kind: "break_glass"; reason: string; incidentUrl: string; reauthenticatedAt: Date | null };

export type Answer = { change: ChangeState } | { refused: string };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const EXPIRY_MS = { in_review: 14 * 24 * HOUR, approved: 72 * HOUR, suspended: 72 * HOUR } as const;
export const MISFIRE_GRACE_MS = 15 * MINUTE;
const REAUTHENTICATION_MS = 5 * MINUTE;

const FROM: Record<Action["kind"], readonly ChangeStatus[]> = {
  submit: ["draft"],
  approve: ["in_review"],
  ask_changes: ["in_review"],
  reject: ["in_review"],
  edit: ["draft", "in_review", "approved", "scheduled", "suspended"],
  schedule: ["approved"],
  start: ["approved", "scheduled"],
  resume: ["suspended"],
  cancel: ["draft", "in_review", "approved", "scheduled", "suspended"],
  break_glass: ["draft"],
};

export function act(change: ChangeState, action: Action, by: Person, gates: Gates, now: Date): Answer {
  if (!FROM[action.kind].includes(change.status)) {
    return { refused: `A change that is ${words(change.status)} cannot ${words(action.kind)}.` };
  }
  if (!by.covers) return { refused: "It touches tenants that you may not see." };
  const become = (status: ChangeStatus, more: Partial<ChangeState> = {}): Answer => ({
    change: { ...change, ...more, status, since: now },
  });
  switch (action.kind) {
    case "submit":
      if (!isContributor(change, by)) return { refused: "Only somebody who works on it submits it." };
      return gates.content.length > 0
        ? { refused: gates.content.join(" ") }
        : become("in_review", { openRequestForChanges: false });
    case "edit":
      if (!by.mayDraft) return { refused: "This needs the role analyst." };
      return {
        change: {
          ...change,
          status: "draft",
          since: now,
          contentHash: action.contentHash,
          quorum: action.quorum,
          contributors: [...new Set([...change.contributors, by.id])],
          approvals: [],
          openRequestForChanges: false,
          scheduledAt: null,
        },
      };
    case "approve": {
      const problem = approvalProblem(change, by) ?? gates.evidence[0];
      if (problem) return { refused: problem };
      const approvals = [
        ...change.approvals.filter((approval) => approval.userId !== by.id),
        { userId: by.id, contentHash: change.contentHash },
      ];
      const approved = { ...change, approvals };
      const active = new Set([...gates.activeApprovers, by.id]);
      if (countingApprovals(approved, active) < change.quorum) return { change: approved };
      return { change: { ...approved, status: "approved", since: now } };
    }
    case "ask_changes":
    case "reject":
      if (!by.isLead) return { refused: "This needs the role lead." };
      if (action.comment.trim() === "") return { refused: "Say what is wrong with it: a comment is required." };
      return action.kind === "reject"
        ? become("rejected", { approvals: [] })
        : become("draft", { approvals: [], openRequestForChanges: true });
    case "schedule":
      if (!by.isLead) return { refused: "This needs the role lead." };
      if (action.at <= now) return { refused: "That time has gone by." };
      return become("scheduled", { scheduledAt: action.at });
    case "start": {
      if (!by.isLead) return { refused: "This needs the role lead." };
      const problems = startProblems(change, gates);
      return problems.length > 0 ? { refused: problems.join(" ") } : become("executing");
    }
    case "resume":
      if (!by.isLead) return { refused: "This needs the role lead." };
      return become("scheduled", {
        scheduledAt: change.scheduledAt !== null && change.scheduledAt > now ? change.scheduledAt : now,
      });
    case "cancel":
      if (by.id !== change.authorId && !by.isAdmin) return { refused: "Its author or an admin cancels it." };
      return become("cancelled");
    case "break_glass":
      return breakGlass(change, action, by, gates, now);
  }
}

/** Null when `by` may approve it now. */
function approvalProblem(change: ChangeState, by: Person): string | null {
  if (!by.isLead) return "This needs the role lead.";
  if (change.contributors.includes(by.id)) return "You worked on it: somebody else approves it.";
  if (change.openRequestForChanges) return "Changes were asked for and have not been made.";
  return null;
}

/** Approvals of this very content, of people who may approve now and did not work on it, each once. */
export function countingApprovals(change: ChangeState, activeApprovers: ReadonlySet<string>): number {
  const people = change.approvals
    .filter(({ contentHash, userId }) => contentHash === change.contentHash && activeApprovers.has(userId))
    .filter(({ userId }) => !change.contributors.includes(userId));
  return new Set(people.map(({ userId }) => userId)).size;
}

/** Every gate, again, at the moment it is to begin. Sentences; empty: it may. */
function startProblems(change: ChangeState, gates: Gates): string[] {
  const approvals = countingApprovals(change, gates.activeApprovers);
  return [
    ...gates.content,
    ...gates.evidence,
    ...gates.stale.map((policy) => `${policy} has changed since this was drafted.`),
    ...(approvals < change.quorum ? [`It has ${approvals} of ${change.quorum} approvals that count now.`] : []),
    ...(gates.frozen === null ? [] : [`Changes are frozen: ${gates.frozen}.`]),
    ...(gates.lockedBy === null ? [] : [`${gates.lockedBy} is being rolled out to the same targets.`]),
  ];
}

function breakGlass(
  change: ChangeState,
  action: Extract<Action, { kind: "break_glass" }>,
  by: Person,
  gates: Gates,
  now: Date,
): Answer {
  if (!by.mayBreakGlass) return { refused: "This needs the permission to break the glass, which an admin gives." };
  const fresh = action.reauthenticatedAt !== null && now.getTime() - action.reauthenticatedAt.getTime() <= REAUTHENTICATION_MS;
  if (!fresh) return { refused: "Enter your password again first." };
  if (action.reason.trim() === "") return { refused: "Say why this cannot wait." };
  if (!/^https?:\/\/\S+$/.test(action.incidentUrl)) return { refused: "Name the incident by its address (https://…)." };
  // Skips quorum, evidence and freeze; what would break targets or run beside another change is never skipped.
  const problems = [
    ...gates.content,
    ...gates.stale.map((policy) => `${policy} has changed since this was drafted.`),
    ...(gates.lockedBy === null ? [] : [`${gates.lockedBy} is being rolled out to the same targets: abort it first.`]),
  ];
  if (problems.length > 0) return { refused: problems.join(" ") };
  return { change: { ...change, status: "executing", since: now, reviewOwed: true } };
}

/** What the clock does. The same change: nothing. A start at its time is `executing`, or `suspended` with the reasons. */
export function onClock(change: ChangeState, gates: Gates, now: Date): { change: ChangeState; reason: string | null } {
  const age = now.getTime() - change.since.getTime();
  const become = (status: ChangeStatus, reason: string) => ({ change: { ...change, status, since: now }, reason });
  if (change.status in EXPIRY_MS && age > EXPIRY_MS[change.status as keyof typeof EXPIRY_MS]) {
    return become("expired", "Nobody went on with it in time.");
  }
  if (change.status !== "scheduled" || change.scheduledAt === null || change.scheduledAt > now) return { change, reason: null };
  if (now.getTime() - change.scheduledAt.getTime() > MISFIRE_GRACE_MS) {
    return become("suspended", "Its time went by while nothing could start it.");
  }
  const problems = startProblems(change, gates);
  return problems.length > 0 ? become("suspended", problems.join(" ")) : become("executing", "Its time has come.");
}

/** How its rollout ended. */
export function onRolloutEnd(
  change: ChangeState,
  ended: "promoted" | "rolled_back" | "rollback_degraded" | "failed_preflight" | "superseded",
  now: Date,
): ChangeState {
  if (change.status !== "executing") return change;
  const status = ended === "rollback_degraded" || ended === "superseded" ? "rolled_back" : ended;
  return { ...change, status, since: now };
}

/** Two people for what cannot be taken back at once or may cost quality in ways that are hard to see. */
export function quorumFor(change: { restart: "instant" | "warm" | "cold"; fourBit: boolean }, usual: number): number {
  return change.restart === "cold" || change.fourBit ? Math.max(2, usual) : usual;
}

const isContributor = (change: ChangeState, by: Person) => by.mayDraft && change.contributors.includes(by.id);
const words = (name: string) => name.replaceAll("_", " ");
