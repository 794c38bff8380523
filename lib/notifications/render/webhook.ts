/** Standard Webhooks 1.0: the body, and the headers that prove who sent it. */
import { createHmac, randomBytes } from "node:crypto";
import { linkTo, type Message } from "./message";

const PREFIX = "whsec_";

export const makeWebhookSecret = (): string => `${PREFIX}${randomBytes(24).toString("base64")}`;

export function renderWebhook(message: Message): Record<string, unknown> {
  const told = message.told[0]!;
  return {
    type: message.test ? "test" : told.kind,
    timestamp: told.at.toISOString(),
    data: {
      id: told.id,
      source: told.source,
      severity: told.severity,
      title: told.title,
      body: told.body,
      url: linkTo(message, told.path),
      labels: told.labels,
      incident: told.incidentKey === null ? null : { key: told.incidentKey, state: told.incidentState },
      facts: told.facts,
      note: message.note,
      workspace: message.workspace,
    },
  };
}

/**
 * HMAC-SHA256 over `id.timestamp.body`, once for each secret: while one is replaced by another, either verifies. `timestamp`
 * is of the attempt, `id` is the same for all attempts.
 */
export function signWebhook(
  secrets: readonly string[],
  { id, at, body }: { id: string; at: Date; body: string },
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(secret.startsWith(PREFIX) ? PREFIX.length : 0), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
