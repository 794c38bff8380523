import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packRules } from "../pack/pack";
import { ruleSchema } from "../rules/schemas";
import { readRuleFile, writeRuleFile } from "./rule-file";

describe("rules as YAML", () => {
  it("come back as they were: the whole pack, on and off", () => {
    const rules = packRules().map(({ rule }, index) => ({ rule, enabled: index % 3 !== 0 }));
    const read = readRuleFile(writeRuleFile(rules));
    expect(read.problems).toEqual([]);
    expect(read.rules!.map(({ rule, enabled }) => ({ rule, enabled }))).toEqual(rules);
  });

  it("come back as they were, whatever the texts (property)", () => {
    const texts = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(texts, texts, fc.constantFrom("0.05", "1e3", "-0"), (name, runbook, owner) => {
        const parsed = ruleSchema.safeParse({ name, runbook, owner, metric: "cost_usd", condition: { type: "no_data" } });
        fc.pre(parsed.success);
        const read = readRuleFile(writeRuleFile([{ rule: parsed.data!, enabled: true }]));
        expect(read.rules?.[0]?.rule).toEqual(parsed.data);
      }),
    );
  });

  it("keeps only what is not usual", () => {
    const rule = ruleSchema.parse({
      name: "Spend",
      metric: "cost_usd",
      condition: { type: "threshold", direction: "above", value: "10" },
    });
    expect(writeRuleFile([{ rule, enabled: true }])).toBe(
      [
        "version: 1",
        "rules:",
        "  - name: Spend",
        "    metric: cost_usd",
        "    condition:",
        "      type: threshold",
        "      direction: above",
        '      value: "10"',
        "",
      ].join("\n"),
    );
  });

  it.each([
    [
      "version: 1\nrules:\n  - name: A\n    metric: cost_usd\n    condition: {type: threshold, direction: up, value: '1'}\n",
      5,
      "condition.direction",
    ],
    [
      "version: 1\nrules:\n  - name: A\n    metric: cost_usd\n    windowSec: 61\n    condition: {type: no_data}\n",
      5,
      "whole minutes",
    ],
    [
      "version: 1\nrules:\n  - name: A\n    metric: cost_usd\n    condition: {type: no_data}\n  - name: A\n    metric: cost_usd\n    condition: {type: no_data}\n",
      6,
      "twice",
    ],
    ["version: 1\nrules:\n  - name: A\n   metric: cost_usd\n", 4, ""],
    ["version: 2\nrules: []\n", 1, "version"],
    ["version: 1\nrules:\n  - metric: cost_usd\n    colour: red\n    condition: {type: no_data}\n", 3, "name"],
    [
      "version: 1\nrules:\n  - name: A\n    enabled: maybe\n    metric: cost_usd\n    condition: {type: no_data}\n",
      4,
      "true or false",
    ],
    ["just text", 1, "file"],
  ])("names the line that is wrong: %j", (text, line, message) => {
    const { problems } = readRuleFile(text);
    expect(problems[0]!.line).toBe(line);
    expect(problems[0]!.message).toContain(message);
  });
});
