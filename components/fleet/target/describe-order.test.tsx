import { describe, expect, it } from "vitest";
import { describeOrder } from "./describe-order";

const gateway = (weight: number, more: object[] = []) => ({
  schema: 1,
  connector: "headroom-gateway",
  content: {
    layers: [
      {
        scope: { level: "global", value: null },
        policies: { routing: { routes: { chat: { targets: { small: { upstream: "openai", weight } } } } } },
      },
      ...more,
    ],
  },
});

describe("what an order says differently", () => {
  it("names the weight of a gateway's route, and the scope of a narrower rule", () => {
    const tenant = { scope: { level: "tenant", value: "acme" }, policies: { tokens: { maxOutputTokens: 512 } } };
    expect(describeOrder(gateway(10), gateway(25, [tenant]))).toEqual([
      "weight of small in chat 10 → 25",
      "tenant acme: tokens max output tokens set to 512",
    ]);
    expect(describeOrder(gateway(10), gateway(10))).toEqual([]);
  });

  it("names an engine's settings", () => {
    const engine = (quantization: string) => ({ schema: 1, connector: "engine", content: { engine: { quantization } } });
    expect(describeOrder(engine("none"), engine("fp8"))).toEqual(["engine quantization none → fp8"]);
  });

  it("takes the first order as all new, and cuts what nobody would read", () => {
    const first = describeOrder(null, {
      schema: 1,
      connector: "litellm",
      content: { deployments: [{ model: "m".repeat(400) }] },
    });
    expect(first).toHaveLength(1);
    expect(first![0]).toMatch(/^deployments set to .*…$/);
    expect(first![0]).toHaveLength(240);
  });

  it("leaves to the JSON what is no payload", () => {
    expect(describeOrder(null, [1, 2])).toBeNull();
    expect(describeOrder(null, { content: 7 })).toBeNull();
  });
});
