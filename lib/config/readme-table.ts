import type { z } from "zod";
import { envSchema } from "./env";

const START = "<!-- configuration: npm run docs:config -->";
const END = "<!-- /configuration -->";

/** The README's configuration table, made from the schema that every program parses. */
function configTable(): string {
  const rows = Object.entries(envSchema.shape).map(([name, field]) => {
    const fallback = defaultOf(field);
    return `| \`${name}\` | ${fallback === undefined ? "–" : `\`${fallback}\``} | ${field.description ?? ""} |`;
  });
  return ["| setting | default | meaning |", "|---|---|---|", ...rows].join("\n");
}

/** `readme` with the table between its two markers replaced. */
export function withConfigTable(readme: string): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`README.md lost its markers ${START} … ${END}.`);
  return `${readme.slice(0, start + START.length)}\n\n${configTable()}\n\n${readme.slice(end)}`;
}

function defaultOf(field: z.ZodType): string | undefined {
  const result = field.safeParse(undefined);
  if (!result.success || result.data === undefined) return undefined;
  // An empty list is as good as none.
  return String(result.data) || undefined;
}
