import { describe, expect, it } from "vitest";
import { checkWatched } from "../rules/check-rule";
import { packRules } from "./pack";

describe("the built-in rules", () => {
  const rules = packRules();
  it.each(rules.map(({ id, rule }) => [id, rule] as const))(
    "%s watches something that exists, and says what to do",
    (_, rule) => {
      expect(() => checkWatched(rule)).not.toThrow();
      expect(rule.runbook.length).toBeGreaterThan(80);
      expect(rule.owner).not.toBe("");
    },
  );
  it("have names of their own", () => {
    expect(new Set(rules.map(({ rule }) => rule.name)).size).toBe(rules.length);
  });
});
