import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCsvLines, type CsvPart } from "./read-csv";

async function read(...chunks: string[]): Promise<CsvPart[]> {
  const parts: CsvPart[] = [];
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const part of readCsvLines(source)) parts.push(part);
  return parts;
}

describe("readCsvLines", () => {
  it("numbers records by their first line, quoted line breaks and empty lines included", async () => {
    expect(await read('\uFEFFid,text\r\n1,"two\r\nlines"\r\n\r\n2,"a ""word"""\r\n')).toEqual([
      { header: ["id", "text"] },
      { line: 2, cells: ["1", "two\nlines"] },
      { line: 5, cells: ["2", 'a "word"'] },
    ]);
  });

  it("reports a line with other cells than the header and a quote inside a cell, and keeps the rest", async () => {
    expect(await read('id;usd\n1;2\n2\n3;a"b"c\n4;5')).toEqual([
      { header: ["id", "usd"] },
      { line: 2, cells: ["1", "2"] },
      { line: 3, problem: "It has 1 cells; the header has 2." },
      { line: 4, problem: "This line is not CSV: a quote stands in the middle of a cell." },
      { line: 5, cells: ["4", "5"] },
    ]);
  });

  it("does not let a quote that is never closed swallow the file", async () => {
    const lines = Array.from({ length: 200 }, (_, index) => (index === 99 ? '99,"open' : `${index},x`));
    const parts = await read(["id,text", ...lines].join("\n"));
    expect(parts.filter((part) => "cells" in part)).toHaveLength(199);
    expect(parts.filter((part) => "problem" in part)).toEqual([{ line: 101, problem: "A quote is opened and not closed." }]);
  });

  it("reads the same however the file is cut into chunks", async () => {
    const text = 'a,b\r\n1,"x, ""y""\r\nz"\r\n2,3\r\nbroken\r\n4,5\r\n';
    const whole = await read(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 6 }), async (cuts) => {
        const at = [0, ...cuts.sort((x, y) => x - y), text.length];
        expect(await read(...at.slice(1).map((end, index) => text.slice(at[index], end)))).toEqual(whole);
      }),
    );
  });
});
