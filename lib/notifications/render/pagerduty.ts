/** PagerDuty Events v2. One incident of ours is one of theirs, by `dedup_key`: the same event twice changes nothing. */
import { createHash } from "node:crypto";
import { linkTo, shorten, standing, type Message } from "./message";

const ACTIONS = { triggered: "trigger", acknowledged: "acknowledge", resolved: "resolve" } as const;
const MOST_KEY = 255;

/** Without the routing key: that is a secret, and put in when it is sent. */
export function renderPagerduty(message: Message): Record<string, unknown> {
  const told = message.told[0]!;
  const key = told.incidentKey ?? `headroom:${message.id}`;
  return {
    event_action: ACTIONS[told.incidentState ?? "triggered"],
    dedup_key: key.length <= MOST_KEY ? key : createHash("sha256").update(key).digest("hex"),
    payload: {
      summary: shorten(`${message.test ? "Test: " : ""}${told.title}`, 1_024),
      source: `headroom: ${message.workspace}`,
      severity: told.severity,
      timestamp: told.at.toISOString(),
      class: told.kind,
      custom_details: {
        standing: standing(told),
        ...(told.body ? { description: told.body } : {}),
        ...(message.note === null ? {} : { note: message.note }),
        ...Object.fromEntries(told.facts.map(({ label, value }) => [label, value])),
        labels: told.labels,
      },
    },
    client: "Headroom",
    client_url: linkTo(message, told.path),
    links: [{ href: linkTo(message, told.path), text: "Open in Headroom" }],
  };
}
