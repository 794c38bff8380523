import { describe, expect, it } from "vitest";
import { csvCell, toCsv } from "./csv";

describe("csvCell", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["@cmd", "'@cmd"],
    ["+49 30", "'+49 30"],
    ["-danger", "'-danger"],
    ["-12.5", "-12.5"],
    [-12.5, "-12.5"],
    ["1e-7", "1e-7"],
    ['say "hi"', '"say ""hi"""'],
    ["a,b", '"a,b"'],
    ['=HYPERLINK("x",1)', `"'=HYPERLINK(""x"",1)"`],
    [null, ""],
    [undefined, ""],
    [0, "0"],
  ])("%s → %s", (value, text) => expect(csvCell(value)).toBe(text));
});

it("writes a header and rows with CRLF", () => {
  expect(
    toCsv(
      ["Tenant", "Cost"],
      [
        ["acme", "1.5"],
        ["globex", null],
      ],
    ),
  ).toBe("Tenant,Cost\r\nacme,1.5\r\nglobex,\r\n");
});
