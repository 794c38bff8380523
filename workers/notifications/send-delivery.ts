/** Says it to the channel, once. What came of it is the answer; nothing is thrown for what a channel does. */
import { createTransport } from "nodemailer";
import { openSecrets, outboundPolicy } from "@/lib/notifications/channels/sealed-secrets";
import { CONFIGS, type Configs } from "@/lib/notifications/channels/schemas";
import type { ClaimedDelivery } from "@/lib/notifications/delivery/claim-delivery";
import { answerOfHttp, type Answer } from "@/lib/notifications/delivery/decide-outcome";
import type { Message } from "@/lib/notifications/render/message";
import { renderPagerduty } from "@/lib/notifications/render/pagerduty";
import { renderSlack } from "@/lib/notifications/render/slack";
import { renderSmtp, type Mail } from "@/lib/notifications/render/smtp";
import { renderTeams } from "@/lib/notifications/render/teams";
import { renderWebhook, signWebhook } from "@/lib/notifications/render/webhook";
import { AppError } from "@/lib/http";
import { findAddress, MAIL_PORTS, OutboundTimeout, sendOutbound, WEB_PORTS } from "@/lib/outbound";

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 16_384;

export interface Sent {
  answer: Answer;
  /** Without secrets: what the delivery log shows. */
  payload: string;
}

type Place = Pick<Message, "baseUrl" | "workspace">;

export async function sendDelivery(delivery: ClaimedDelivery, place: Place, now: Date): Promise<Sent> {
  const { channel, messageId, told, note, test } = delivery;
  const message: Message = { ...place, id: messageId, told, note, test };
  const payload = payloadOf(channel.kind, message);
  const shown = JSON.stringify(payload, null, 2);
  try {
    const secrets = openSecrets(channel.id, channel.secrets);
    if (channel.kind === "smtp") {
      const config = CONFIGS.smtp.parse(channel.config);
      return { answer: await sendMail(renderSmtp(message), config, secrets["password"]), payload: shown };
    }
    const body = JSON.stringify(channel.kind === "pagerduty" ? { routing_key: secrets["routingKey"], ...payload } : payload);
    const signed =
      channel.kind === "webhook"
        ? signWebhook(
            [secrets["secret"], secrets["previous"]].filter((one) => one !== undefined),
            { id: messageId, at: now, body },
          )
        : {};
    const url = secrets["url"] ?? CONFIGS[channel.kind === "pagerduty" ? "pagerduty" : "webhook"].parse(channel.config).url;
    const reply = await sendOutbound(
      { url, method: "POST", headers: { "content-type": "application/json", "user-agent": "Headroom", ...signed }, body },
      { policy: outboundPolicy(WEB_PORTS), timeoutMs: TIMEOUT_MS, mostBytes: MOST_BYTES },
    );
    return { answer: answerOfHttp(reply.status, reply.text, reply.headers["retry-after"], now), payload: shown };
  } catch (error) {
    return { answer: answerOfError(error), payload: shown };
  }
}

function payloadOf(kind: ClaimedDelivery["channel"]["kind"], message: Message): Record<string, unknown> {
  switch (kind) {
    case "slack":
      return renderSlack(message);
    case "teams":
      return renderTeams(message);
    case "pagerduty":
      return renderPagerduty(message);
    case "webhook":
      return renderWebhook(message);
    case "smtp":
      return { ...renderSmtp(message) };
  }
}

function answerOfError(error: unknown): Answer {
  const text = error instanceof Error ? error.message : String(error);
  // An address that is not allowed will not become so by waiting.
  if (error instanceof AppError) return { kind: "refused", statusCode: null, text };
  const unknown = error instanceof OutboundTimeout || /ECONNRESET|socket hang up/.test(text);
  return { kind: "retry", statusCode: null, text: text || "Not reached", retryAfterSec: null, unknown };
}

async function sendMail(mail: Mail, config: Configs["smtp"], password: string | undefined): Promise<Answer> {
  const { host, port, security, user, from, to } = config;
  // nodemailer would resolve the name again: it gets the address that was looked at, and TLS proves the name.
  const { address } = await findAddress(host, port, outboundPolicy(MAIL_PORTS));
  const transport = createTransport({
    host: address,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { servername: host },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { subject, text, html, messageId, references, headers } = mail;
    const info = (await transport.sendMail({
      from,
      to,
      subject,
      text,
      html,
      messageId,
      headers,
      ...(references === null ? {} : { references, inReplyTo: references }),
    })) as { response: string };
    return { kind: "delivered", statusCode: Number.parseInt(info.response, 10) || null, text: info.response };
  } catch (error) {
    const { responseCode, command, message } = error as Error & { responseCode?: number; command?: string };
    if (responseCode !== undefined && responseCode >= 500) return { kind: "refused", statusCode: responseCode, text: message };
    // Nothing was handed over before DATA; after it nobody knows.
    const unknown = responseCode === undefined && command === "DATA";
    return { kind: "retry", statusCode: responseCode ?? null, text: message, retryAfterSec: null, unknown };
  } finally {
    transport.close();
  }
}
