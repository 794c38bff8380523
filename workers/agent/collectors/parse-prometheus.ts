/**
 * Prometheus text (0.0.4) and OpenMetrics (1.0) → series. Own, because the packages on npm keep label sets as text, know
 * neither exemplars nor quoted names, and throw the whole page away for one bad line. A line that cannot be read is
 * counted and left out: one odd metric must not cost the others.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  name: string;
  labels: Labels;
  value: number;
}

export interface Page {
  series: Series[];
  /** From `# TYPE`: counter, gauge, histogram … by the name that stands there. */
  types: ReadonlyMap<string, string>;
  malformed: number;
  /** False when the last line has no end: the exporter went away while it wrote. That line is left out. */
  complete: boolean;
}

export function parsePrometheus(text: string): Page {
  const series: Series[] = [];
  const types = new Map<string, string>();
  let malformed = 0;
  let from = 0;
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
    const line = text.slice(from, end).trim();
    from = end + 1;
    if (line === "") continue;
    if (line.startsWith("#")) {
      const type = /^#\s*TYPE\s+("?)([^\s"]+)\1\s+(\w+)/.exec(line);
      if (type) types.set(type[2]!, type[3]!.toLowerCase());
      continue;
    }
    const one = parseLine(line);
    if (one) series.push(one);
    else malformed += 1;
  }
  return { series, types, malformed, complete: text.slice(from).trim() === "" };
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Where a label's value ends: the next quote that no backslash stands before. */
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;

function parseLine(line: string): Series | null {
  let name = matchAt(NAME, line, 0)?.[0] ?? "";
  let at = skipBlanks(line, name.length);
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  if (line[at] === "{") {
    at = skipBlanks(line, at + 1);
    while (line[at] !== "}") {
      const quoted = matchAt(QUOTED, line, at);
      const bare = quoted ? null : matchAt(NAME, line, at);
      const key = quoted ? unescape(quoted[1]!) : bare?.[0];
      if (key === undefined) return null;
      at = skipBlanks(line, at + (quoted ?? bare)![0].length);
      if (line[at] === "=") {
        const value = matchAt(QUOTED, line, skipBlanks(line, at + 1));
        if (!value) return null;
        labels[key] = unescape(value[1]!);
        at = skipBlanks(line, skipBlanks(line, at + 1) + value[0].length);
      } else if (quoted && name === "") {
        name = key;
      } else return null;
      if (line[at] === ",") at = skipBlanks(line, at + 1);
      else if (line[at] !== "}") return null;
    }
    at += 1;
  }
  if (name === "") return null;
  // What follows the value is a time or an exemplar: neither says anything about now.
  const value = parseValue(line.slice(at).trim().split(/\s/, 1)[0]!);
  return value === null ? null : { name, labels, value };
}

function parseValue(text: string): number | null {
  if (NUMBER.test(text)) return Number(text);
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (!special) return null;
  if (special[2]!.toLowerCase() === "nan") return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\t") at += 1;
  return at;
}

const unescape = (text: string) =>
  text.includes("\\") ? text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign)) : text;
