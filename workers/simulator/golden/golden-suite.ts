/** The demo's golden prompts with their checks, as a person would write them. */
import type { Check, SuiteDraft } from "@/lib/evaluations/schemas";
import { goldenPrompts, type GoldenPrompt } from "./golden-prompts";

const TRACK = {
  type: "function",
  function: {
    name: "track_parcel",
    description: "Where a parcel is now",
    parameters: { type: "object", properties: { parcel_id: { type: "string" } }, required: ["parcel_id"] },
  },
};

export function goldenSuite(): SuiteDraft {
  return {
    name: "Support desk (simulated)",
    description:
      "Golden prompts of the demo: tickets, invoices, parcels, privacy and reports. The simulated engines know right answers to them, and miss some by precision.",
    cases: goldenPrompts().map((golden) => ({
      id: golden.id,
      taskType: golden.taskType,
      messages: [{ role: "user", content: golden.prompt }],
      maxTokens: 200,
      ...(golden.taskType === "tool_call" ? { tools: [TRACK] } : {}),
      ...(golden.taskType === "extraction" ? { responseFormat: { type: "json_object" } } : {}),
      checks: checksOf(golden),
    })),
  };
}

function checksOf({ taskType, facts }: GoldenPrompt): Check[] {
  switch (taskType) {
    case "classification":
      return [
        { kind: "regex", pattern: `^${String(facts["label"])}\\.?$`, flags: "i" },
        { kind: "max_length", characters: 20 },
      ];
    case "extraction":
      return [
        {
          kind: "json_schema",
          schema: {
            type: "object",
            required: ["invoice", "vendor", "total", "currency"],
            additionalProperties: false,
            properties: {
              invoice: { const: facts["invoice"] },
              vendor: { const: facts["vendor"] },
              total: { const: facts["total"] },
              currency: { enum: ["EUR"] },
            },
          },
        },
      ];
    case "tool_call":
      return [{ kind: "tool_call", name: "track_parcel", arguments: { parcel_id: facts["parcel"] } }];
    case "refusal":
      return [{ kind: "refusal", expected: facts["refuse"] === true }];
    case "summary":
      return [
        { kind: "reference", text: String(facts["reference"]), atLeast: 0.6 },
        { kind: "max_length", characters: 200 },
      ];
  }
}
