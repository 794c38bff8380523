import { defineCalculator, line, over } from "./definition";
import { choice, count, tokens } from "./fields";

const GB = 1e9;

export const kvMemory = defineCalculator({
  id: "kv-memory",
  title: "KV cache memory",
  question: "How much GPU memory does the context of a request take?",
  group: "GPUs",
  fields: {
    layers: count("Layers", "96", { min: 1, max: 1_000 }),
    kvHeads: count("KV heads", "128", { min: 1, max: 1_024, hint: "With grouped-query attention fewer than attention heads." }),
    headDim: count("Head dimension", "128", { min: 1, max: 4_096 }),
    bytes: choice(
      "KV cache precision",
      [
        { value: "2", label: "16 bits" },
        { value: "1", label: "8 bits" },
      ],
      "2",
    ),
    tokens: tokens("Tokens in the context", "20000"),
    concurrent: count("Requests at a time", "1", { max: 1e6 }),
    freeGb: count("Memory left for KV, GB", "40", { whole: false, max: 1e6 }),
  },
  corrected: (v) => {
    const perToken = v.layers.mul(v.kvHeads).mul(v.headDim).mul(v.bytes).mul(2);
    const perRequest = perToken.mul(v.tokens);
    return {
      lines: [
        line("total", "All requests at a time", "bytes", perRequest.mul(v.concurrent), "lead"),
        line("per_request", "One request", "bytes", perRequest),
        line("per_token", "One token", "bytes", perToken),
        line("fit", "Requests that fit at a time", "count", over(v.freeGb.mul(GB), perRequest)?.floor() ?? null, "lead"),
      ],
    };
  },
  corrections: [
    "The formula needs no correction: 2 × layers × KV heads × head dimension × bytes × tokens; the 2 is key and value.",
  ],
  chart: { along: "tokens", lines: ["per_request", "total"] },
});
