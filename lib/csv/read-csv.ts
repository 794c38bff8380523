/** Records of a CSV file as it is read, with the numbers of their lines. Broken lines are reported, the rest is kept. */
import { parse } from "csv-parse/sync";

export interface CsvRecord {
  /** Number of its first line; the first line of the file is 1. */
  line: number;
  cells: string[];
}

export interface CsvProblem {
  line: number;
  problem: string;
}

export type CsvPart = { header: string[] } | CsvRecord | CsvProblem;

/** A quote that is not closed within so many lines is a mistake, not a long text. */
const MAX_LINES_A_RECORD = 50;
const MAX_LINE_CHARS = 1_000_000;
const SEPARATORS = [",", ";", "\t"] as const;

/** The header first, then records and problems in order. Empty lines say nothing. */
export async function* readCsvLines(chunks: AsyncIterable<string>): AsyncGenerator<CsvPart> {
  let separator: string | undefined;
  let columns = 0;
  /** Lines that were read and not yet told, from number `first` on. */
  let open: string[] = [];
  let first = 1;

  function* tell(ended: boolean): Generator<CsvPart> {
    while (open.length > 0) {
      const taken = linesOfRecord(open);
      if (taken === 0) {
        if (!ended && open.length < MAX_LINES_A_RECORD) return;
        yield { line: first, problem: "A quote is opened and not closed." };
        open = open.slice(1);
        first += 1;
        continue;
      }
      const text = open.slice(0, taken).join("\n");
      const line = first;
      open = open.slice(taken);
      first += taken;
      if (text.trim() === "") continue;
      separator ??= mostOften(text);
      const cells = cellsOf(text, separator);
      if (cells === null) yield { line, problem: "This line is not CSV: a quote stands in the middle of a cell." };
      else if (columns === 0) {
        columns = cells.length;
        yield { header: cells.map((name) => name.trim()) };
      } else if (cells.length !== columns) {
        yield { line, problem: `It has ${cells.length} cells; the header has ${columns}.` };
      } else yield { line, cells };
    }
  }

  for await (const lines of linesOf(chunks)) {
    for (const line of lines) {
      open.push(line);
      yield* tell(false);
    }
  }
  yield* tell(true);
}

/** How many of the open lines make one record: until the quotes are even. 0: it goes on. */
function linesOfRecord(lines: readonly string[]): number {
  let even = true;
  for (const [index, line] of lines.entries()) {
    for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) even = !even;
    if (even) return index + 1;
  }
  return 0;
}

function cellsOf(text: string, delimiter: string): string[] | null {
  try {
    return parse(text, { delimiter, relax_column_count: true })[0] ?? null;
  } catch {
    return null;
  }
}

function mostOften(header: string): string {
  const count = (separator: string) => header.split(separator).length;
  return SEPARATORS.toSorted((a, b) => count(b) - count(a))[0]!;
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = "";
  let begun = false;
  for await (const chunk of chunks) {
    rest += begun ? chunk : chunk.replace(/^\uFEFF/, "");
    begun ||= chunk.length > 0;
    const lines = rest.split(/\r?\n/);
    rest = lines.pop()!;
    // A carriage return at the very end of a chunk may belong to a line feed that follows.
    if (lines.length > 0) yield lines;
    // A file without line ends is no CSV; what follows is not kept in memory.
    if (rest.length > MAX_LINE_CHARS) rest = rest.slice(0, MAX_LINE_CHARS);
  }
  if (rest !== "") yield [rest.replace(/\r$/, "")];
}
