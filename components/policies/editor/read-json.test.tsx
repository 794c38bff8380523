import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestLine, readJson } from "./read-json";

const errorOf = (text: string) => {
  const read = readJson(text);
  return "error" in read ? [read.error.line, read.error.column, read.error.message] : null;
};

describe("readJson", () => {
  it("reads what JSON.parse reads, however it is laid out", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 2, "\t"), (text, space) => {
        const laidOut = JSON.stringify(JSON.parse(text), null, space);
        const read = readJson(laidOut);
        // Keys like __proto__ stay keys, as in JSON.parse.
        expect("value" in read && JSON.stringify(read.value)).toBe(JSON.stringify(JSON.parse(laidOut)));
      }),
      { numRuns: 500 },
    );
  });
  it("refuses what JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom("", ",", "}", '"', "x", "1", "\\"), (text, n, scrap) => {
        const at = n % (text.length + 1);
        const broken = text.slice(0, at) + scrap + text.slice(at + 1);
        let parses = true;
        try {
          JSON.parse(broken);
        } catch {
          parses = false;
        }
        const duplicate = errorOf(broken)?.[2]?.toString().includes("twice") ?? false;
        if (!duplicate) expect("value" in readJson(broken)).toBe(parses);
      }),
      { numRuns: 1_000 },
    );
  });
  it.each([
    ['{\n  "a": 1,\n}', 3, 1, "Remove the comma before this }."],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, "A comma or } is missing here."],
    ['{"a": [1, 2,]}', 1, 13, "Remove the comma before this ]."],
    ["{a: 1}", 1, 2, 'A key in "double quotes" is missing here.'],
    ['{"a" 1}', 1, 6, 'A colon after "a" is missing here.'],
    ["{\"a\": 'x'}", 1, 7, "Text stands between double quotes in JSON."],
    ['{"a": "x\n}', 1, 7, 'The text that begins here has no closing ".'],
    ['{"a": 1, "a": 2}', 1, 10, 'The key "a" is here twice. Keep one.'],
    ['{"a": ', 1, 7, "The text ends here; a value is missing."],
    ["{} {}", 1, 4, "Nothing may follow the end of the document."],
    ["", 1, 1, "The text ends here; a value is missing."],
    ["[".repeat(100), 1, 66, "This is nested more than 64 deep."],
  ])("%j: line %i, column %i: %s", (text, line, column, message) => {
    expect(errorOf(text)).toEqual([line, column, message]);
  });
  it("knows the line of each value, and the nearest one for what is not there", () => {
    const read = readJson('{\n  "routes": {\n    "a/b": {\n      "order": [\n        "x",\n        "y"\n      ]\n    }\n  }\n}');
    if (!("lines" in read)) throw new Error("It is JSON.");
    expect(read.lines.get("/routes/a~1b")).toBe(3);
    expect(read.lines.get("/routes/a~1b/order/1")).toBe(6);
    expect(nearestLine(read.lines, "/routes/a~1b/canary/target")).toBe(3);
    expect(nearestLine(read.lines, "/rules/x")).toBe(1);
  });
});
