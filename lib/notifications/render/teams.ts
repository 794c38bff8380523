/** An Adaptive Card for a Teams workflow. Titles and bodies are text runs, which know no markdown; facts are escaped. */
import { headline, linkTo, shorten, standing, type Message, type Told } from "./message";

export const escapeMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|~<>&]/g, "\\$&");

// Teams takes 28 KB a card.
const MOST_BODY = 400;
const MOST_CARDS = 5;

export function renderTeams(message: Message): Record<string, unknown> {
  const shown = message.told.slice(0, MOST_CARDS);
  const hidden = message.told.length - shown.length;
  const notes = [message.note, message.test ? `Test message of Headroom (${message.workspace}). Nothing happened.` : null].filter(
    (note) => note !== null,
  );
  return {
    type: "message",
    summary: headline(message),
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            ...notes.map((note) => text(note, { isSubtle: true })),
            ...shown.flatMap((one) => elementsOf(message, one)),
            ...(hidden > 0 ? [text(`And ${hidden} more in the console.`, { isSubtle: true })] : []),
          ],
          actions: [{ type: "Action.OpenUrl", title: "Open in Headroom", url: linkTo(message, shown[0]!.path) }],
        },
      },
    ],
  };
}

const text = (content: string, run: Record<string, unknown> = {}) => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text: content, ...run }],
});

function elementsOf(message: Message, told: Told): Record<string, unknown>[] {
  const facts = told.facts.slice(0, 10);
  const color = told.incidentState === "resolved" ? "Good" : told.severity === "critical" ? "Attention" : "Default";
  return [
    {
      type: "RichTextBlock",
      separator: true,
      inlines: [
        {
          type: "TextRun",
          text: shorten(`${standing(told)}: ${told.title}`, 300),
          weight: "Bolder",
          size: "Medium",
          color,
          selectAction: { type: "Action.OpenUrl", url: linkTo(message, told.path) },
        },
      ],
    },
    ...(told.body ? [text(shorten(told.body, MOST_BODY))] : []),
    ...(facts.length > 0
      ? [
          {
            type: "FactSet",
            facts: facts.map(({ label, value }) => ({
              title: escapeMarkdown(label),
              value: escapeMarkdown(shorten(value, 120)),
            })),
          },
        ]
      : []),
  ];
}
