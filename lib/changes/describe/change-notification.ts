/** Which moments of a change people should hear of, how loudly, and in which words. The others only refresh pages. Pure. */
import type { Notification, Severity } from "@/lib/notifications";

export interface ChangeMoment {
  changeId: string;
  number: number;
  title: string;
  /** `*`: everybody. */
  tenants: readonly string[];
  /** As `noteChange` is told. */
  kind: string;
  data: Readonly<Record<string, unknown>>;
}

interface Words {
  severity: Severity;
  says: string;
  /** Going back is an incident until everybody is back. */
  incident?: "triggered" | "resolved";
}

function wordsOf(kind: string, data: ChangeMoment["data"]): Words | null {
  const info = (says: string): Words => ({ severity: "info", says });
  const warning = (says: string): Words => ({ severity: "warning", says });
  switch (kind) {
    case "submit":
      return info("asks for a review");
    case "approve":
      return data["status"] === "in_review" ? null : info("is approved");
    case "ask_changes":
      return info("needs changes");
    case "reject":
      return info("was rejected");
    case "start":
    case "executing":
      return info("is being rolled out");
    case "suspended":
      return warning("could not start at its time");
    case "expired":
      return info("expired");
    case "break_glass":
      return { severity: "critical", says: "was started past every approval: a review is owed" };
    case "rollout.paused":
      return data["newlyPaused"] === true ? warning("stands still and waits for somebody") : null;
    case "rollout.failed_preflight":
      return warning("could not begin");
    case "rollout.rolling_back":
      return { severity: "critical", says: "goes back", incident: "triggered" };
    case "rollout.rolled_back":
      return data["from"] === "rolling_back"
        ? { ...warning("is back on what ran before"), incident: "resolved" }
        : warning("ended before it began");
    case "rollout.rollback_degraded":
      return { severity: "critical", says: "could not be taken back everywhere", incident: "triggered" };
    case "rollout.promoted":
      return info("is what everybody runs");
    default:
      return null;
  }
}

/** Without what only the writer knows: the key of the transition and its time. Null: nobody needs to hear of it. */
export function changeNotification(moment: ChangeMoment): Omit<Notification, "dedupeKey" | "at"> | null {
  const { changeId, number, title, tenants, kind, data } = moment;
  const words = wordsOf(kind, data);
  if (!words) return null;
  const text = (key: string) => (typeof data[key] === "string" && data[key] !== "" ? data[key] : null);
  const facts = [
    ["By", text("by")],
    ["Why", text("reason")],
    ["Comment", text("comment")],
  ] as const;
  const incident = words.incident && { incidentKey: `rollback:${changeId}`, incidentState: words.incident };
  return {
    source: "change",
    kind: kind.replace(/^rollout\./, ""),
    severity: words.severity,
    title: `Change ${number} ${words.says}: ${title}`.slice(0, 300),
    body: text("reason") ?? text("comment") ?? "",
    path: `/changes/${changeId}`,
    labels: { change: String(number) },
    tenants: [...tenants],
    groupKey: `change:${changeId}`,
    ...incident,
    facts: facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value: value.slice(0, 1_000) }])),
  };
}
