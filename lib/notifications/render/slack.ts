/** Block Kit. Every text is `plain_text`, which formats and mentions nothing; `&`, `<` and `>` are escaped as Slack asks. */
import { headline, linkTo, MOST_SHOWN, shorten, standing, type Message, type Told } from "./message";

const escapeSlack = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// Slack refuses longer ones: 150 in a header, 3,000 in a section, 2,000 in a field, 10 fields in a section.
const plain = (text: string, most: number) => ({ type: "plain_text", text: escapeSlack(shorten(text, most)), emoji: false });
const EMPTY = "–";

export function renderSlack(message: Message): Record<string, unknown> {
  const shown = message.told.slice(0, MOST_SHOWN);
  const hidden = message.told.length - shown.length;
  const notes = [message.note, message.test ? `Test message of Headroom (${message.workspace}). Nothing happened.` : null].filter(
    (note) => note !== null,
  );
  return {
    text: escapeSlack(shorten(headline(message), 2_500)),
    unfurl_links: false,
    blocks: [
      ...notes.map((note) => ({ type: "context", elements: [plain(note, 2_000)] })),
      ...shown.flatMap((one, at) => [...(at > 0 ? [{ type: "divider" }] : []), ...blocksOf(message, one)]),
      ...(hidden > 0 ? [{ type: "context", elements: [plain(`And ${hidden} more in the console.`, 200)] }] : []),
    ],
  };
}

function blocksOf(message: Message, told: Told): Record<string, unknown>[] {
  const facts = told.facts.slice(0, 10);
  return [
    { type: "header", text: plain(`${standing(told)}: ${told.title}`, 140) },
    ...(told.body ? [{ type: "section", text: plain(told.body, 2_500) }] : []),
    ...(facts.length > 0
      ? [{ type: "section", fields: facts.map(({ label, value }) => plain(`${label}\n${value || EMPTY}`, 1_500)) }]
      : []),
    {
      type: "actions",
      elements: [{ type: "button", text: plain("Open in Headroom", 75), url: linkTo(message, told.path) }],
    },
  ];
}
