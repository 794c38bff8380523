import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillTemplate } from "./fill-template";
import { toYaml } from "./to-yaml";

describe("fillTemplate", () => {
  it("knows places by JSON pointer, also with slashes and tildes in names", () => {
    const document = { "a/b": { "c~d": [1, { e: "x" }] } };
    expect(fillTemplate("{{json /a~1b/c~0d/1}} {{ text /a~1b/c~0d/0 }}", document, "h")).toEqual({ text: '{"e":"x"} 1' });
  });
  it.each(["{{constructor}}", "{{json}}", "{{text /a /b}}", "{{text /constructor}}", "{{exec /a}}"])("refuses %s", (hole) => {
    expect(fillTemplate(hole, { a: 1 }, "h")).toHaveProperty("problem");
  });
  it("does not fill what was filled in: a value that looks like a hole stays text", () => {
    expect(fillTemplate("{{text /a}}", { a: "{{hash}}" }, "secret")).toEqual({ text: "{{hash}}" });
  });
});

describe("toYaml", () => {
  it("writes blocks, with everything quoted that could be taken for something else", () => {
    const value = { on: "no", list: [1, { a: null, b: [] }, ["x"]], empty: {}, text: "a: b\nc" };
    expect(toYaml(value)).toBe(
      [
        '"on": "no"',
        '"list":',
        "  - 1",
        '  - "a": null',
        '    "b": []',
        '  - - "x"',
        '"empty": {}',
        '"text": "a: b\\nc"',
        "",
      ].join("\n"),
    );
  });
  it("writes large and tiny numbers so that readers of YAML 1.1 take them for numbers too", () => {
    expect(toYaml([1e21, -5e-324, 2.5, 10])).toBe("- 1.0e+21\n- -5.0e-324\n- 2.5\n- 10\n");
  });
  it("has as many leaves as the value, each on its own line", () => {
    const leaves = (value: unknown): number =>
      typeof value === "object" && value !== null && Object.keys(value).length > 0
        ? Object.values(value).reduce<number>((sum, item) => sum + leaves(item), 0)
        : 1;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const lines = toYaml(value)
          .trimEnd()
          .split("\n")
          .filter((line) => !line.endsWith(":"));
        expect(lines).toHaveLength(leaves(value));
      }),
    );
  });
});
