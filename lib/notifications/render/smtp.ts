/** A mail in plain text and HTML. Mails of one incident are one thread; a machine wrote it, and says so. */
import { createHash } from "node:crypto";
import { headline, linkTo, MOST_SHOWN, oneLine, shorten, standing, type Message, type Told } from "./message";

export interface Mail {
  subject: string;
  text: string;
  html: string;
  messageId: string;
  references: string | null;
  headers: Record<string, string>;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

export function renderSmtp(message: Message): Mail {
  const { told } = message;
  const shown = told.slice(0, MOST_SHOWN);
  const hidden = told.length - shown.length;
  const host = new URL(message.baseUrl).hostname;
  const notes = [message.note, message.test ? "This is a test message. Nothing happened." : null].filter((note) => note !== null);
  const more = hidden > 0 ? [`And ${hidden} more in the console.`] : [];
  const foot = `Sent by Headroom (${oneLine(message.workspace)}), ${message.baseUrl}`;
  const incident = told[0]!.incidentKey;
  return {
    subject: shorten(headline(message), 200),
    text: [...notes, ...shown.map((one) => textOf(message, one)), ...more, foot].join("\n\n"),
    html: [
      '<!doctype html><html><body style="font-family:system-ui,sans-serif;font-size:14px;line-height:1.5;color:#1b1f24">',
      ...notes.map((note) => `<p style="color:#57606a">${escapeHtml(note)}</p>`),
      ...shown.map((one) => htmlOf(message, one)),
      ...more.map((line) => `<p>${escapeHtml(line)}</p>`),
      `<p style="color:#57606a;font-size:12px">${escapeHtml(foot)}</p></body></html>`,
    ].join("\n"),
    messageId: `<${message.id}@${host}>`,
    references: incident === null ? null : `<${createHash("sha256").update(incident).digest("hex").slice(0, 32)}@${host}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  };
}

function textOf(message: Message, told: Told): string {
  return [
    `${standing(told)}: ${oneLine(told.title)}`,
    ...(told.body ? [told.body] : []),
    ...told.facts.map(({ label, value }) => `${oneLine(label)}: ${oneLine(value)}`),
    linkTo(message, told.path),
  ].join("\n");
}

function htmlOf(message: Message, told: Told): string {
  const rows = told.facts.map(
    ({ label, value }) =>
      `<tr><td style="padding:2px 16px 2px 0;color:#57606a">${escapeHtml(label)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return [
    `<h2 style="font-size:16px;margin:16px 0 4px">${escapeHtml(`${standing(told)}: ${told.title}`)}</h2>`,
    ...(told.body ? [`<p style="margin:4px 0;white-space:pre-line">${escapeHtml(told.body)}</p>`] : []),
    ...(rows.length > 0 ? [`<table style="border-collapse:collapse">${rows.join("")}</table>`] : []),
    `<p style="margin:8px 0"><a href="${escapeHtml(linkTo(message, told.path))}">Open in Headroom</a></p>`,
  ].join("\n");
}
