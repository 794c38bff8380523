/** What a channel is to say, before it is said in the channel's own way. */
import type { IncidentState, Severity } from "../schemas";

export interface Told {
  id: string;
  source: string;
  kind: string;
  severity: Severity;
  title: string;
  body: string;
  path: string;
  labels: Readonly<Record<string, string>>;
  incidentKey: string | null;
  incidentState: IncidentState | null;
  facts: readonly { label: string; value: string }[];
  at: Date;
}

export interface Message {
  /** The same for every attempt: what a receiver tells repeats by. */
  id: string;
  /** Of the console, without a slash at the end. */
  baseUrl: string;
  workspace: string;
  /** Why it is told again or elsewhere; null: the first time. */
  note: string | null;
  test: boolean;
  /** Oldest first. */
  told: readonly Told[];
}

/** More are counted, not shown. */
export const MOST_SHOWN = 10;

const STATE_WORDS: Record<IncidentState, string> = { triggered: "Triggered", acknowledged: "Acknowledged", resolved: "Resolved" };
const SEVERITY_WORDS: Record<Severity, string> = { info: "Info", warning: "Warning", critical: "Critical" };
const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

/** "Critical, triggered" or "Resolved": words, so that nothing depends on colour. */
export const standing = ({ severity, incidentState }: Pick<Told, "severity" | "incidentState">): string =>
  incidentState === null
    ? SEVERITY_WORDS[severity]
    : incidentState === "triggered"
      ? `${SEVERITY_WORDS[severity]}, triggered`
      : STATE_WORDS[incidentState];

export const linkTo = ({ baseUrl }: Pick<Message, "baseUrl">, path: string): string => `${baseUrl}${path}`;

export const worst = (told: readonly Pick<Told, "severity">[]): Severity =>
  told.reduce<Severity>((most, { severity }) => (RANK[severity] > RANK[most] ? severity : most), "info");

/** One line for a subject or a list. */
export function headline({ told, test }: Pick<Message, "told" | "test">): string {
  const [first] = told;
  const more = told.length > 1 ? ` and ${told.length - 1} more` : "";
  return oneLine(`${test ? "Test: " : ""}[${standing(first!)}] ${first!.title}${more}`);
}

/** Line breaks and control characters would begin something else in a header. */
// oxlint-disable-next-line no-control-regex
export const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ").trim();

export const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

export function causeNote(cause: string, originChannel: string | null): string | null {
  const [kind, number] = cause.split(":");
  if (kind === "repeat") return `Reminder ${number}: nobody has acknowledged it.`;
  if (kind === "escalation") return `Escalated, step ${number}: nobody has acknowledged it.`;
  if (kind === "fallback") return `Sent here because ${originChannel ?? "another channel"} could not be reached.`;
  if (kind === "replay") return "Sent again by hand.";
  return null;
}
