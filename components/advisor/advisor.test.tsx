import { describe, expect, it } from "vitest";
import { replaySchema } from "@/lib/advisor/replay/schemas";
import { prepareReplay, type ReplayForm } from "./prepare-replay";
import { claimsNothing, rangeUsd, scopeInWords } from "./words";

const MODELS = [{ provider: "openai", model: "gpt-4.1-mini" }];
const FORM: ReplayForm = {
  kind: "cache",
  days: 3,
  tenant: null,
  endpoint: "kb.answer",
  ttl: 3_600,
  share: "tenant",
  model: null,
  maxInput: null,
  cap: 500,
  input: "1.00",
  output: "4.00",
};

describe("the question of a replay", () => {
  it.each([
    ["cache", {}, { kind: "cache", ttlSec: 3_600, scope: "tenant" }],
    ["cap", {}, { kind: "cap", maxOutputTokens: 500 }],
    [
      "routing",
      { model: "openai/gpt-4.1-mini", maxInput: 900 },
      { kind: "routing", provider: "openai", model: "gpt-4.1-mini", when: { maxInputTokens: 900 } },
    ],
    [
      "prices",
      { model: "openai/gpt-4.1-mini" },
      { kind: "prices", provider: "openai", model: "gpt-4.1-mini", input: "1.00", output: "4.00" },
    ],
  ] as const)("%s: what the API takes", (kind, more, scenario) => {
    const asked = prepareReplay({ ...FORM, kind, ...more }, MODELS);
    expect(asked).toEqual({ days: 3, endpoint: "kb.answer", scenario });
    expect(replaySchema.safeParse(asked).success).toBe(true);
  });

  it("needs a model that is there", () => {
    expect(prepareReplay({ ...FORM, kind: "routing" }, MODELS)).toBeNull();
    expect(prepareReplay({ ...FORM, kind: "prices", model: "openai/gone" }, MODELS)).toBeNull();
  });
});

describe("words", () => {
  it("a range, one number, nothing claimed", () => {
    expect(rangeUsd("147.617", "158.96")).toBe("$147.62 – $158.96");
    expect(rangeUsd("5", "5.00")).toBe("$5.00");
    expect(rangeUsd(null, null)).toBe("—");
    expect(claimsNothing({ savingHighUsd: "0" })).toBe(true);
    expect(scopeInWords({ scope: { endpoint: "chat", model: "large" } })).toBe("endpoint chat, model large");
  });
});
