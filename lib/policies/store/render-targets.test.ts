import { describe, expect, it } from "vitest";
import { CAPABILITIES } from "@/lib/protocol/connectors";
import { MAX_PAYLOAD_BYTES } from "@/lib/protocol/sync";
import { policySetOf } from "./policy-set";
import { renderTargets } from "./render-targets";

const target = {
  id: "t",
  name: "gw",
  connector: "headroom-gateway" as const,
  environment: "production",
  pool: null,
  capabilities: [...CAPABILITIES],
  hardware: null,
  simulated: false,
  desiredHash: null,
};
/** Some half a kilobyte of what each tenant says. */
const withTenants = (count: number) =>
  policySetOf(
    Array.from({ length: count }, (_, n) => ({
      kind: "tokens" as const,
      scope: { level: "tenant" as const, value: `tenant-${n}-${"x".repeat(180)}` },
      document: { stop: ["a", "b", "c", "d"].map((letter) => letter.repeat(60)) },
    })),
  );

describe("a configuration that is too large", () => {
  it("of ten megabytes is refused before anybody is asked, with its size; a target keeps what it runs", () => {
    const { outcomes, payloads } = renderTargets([target], withTenants(20_000));
    expect(outcomes).toMatchObject([{ outcome: "refused", hash: null }]);
    const [, bytes, most] = /^Its configuration would be (\d+) bytes; targets take at most (\d+)\.$/.exec(
      outcomes[0]!.reasons[0]!,
    )!;
    expect(Number(bytes)).toBeGreaterThan(10_000_000);
    expect(Number(most)).toBe(MAX_PAYLOAD_BYTES);
    expect(payloads.size).toBe(0);
  });
  it("is a matter of bytes: a megabyte is taken", () => {
    expect(renderTargets([target], withTenants(2_000)).outcomes).toMatchObject([{ outcome: "changed" }]);
  });
});
