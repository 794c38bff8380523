import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FleetNode, FleetPool, PoolShare } from "@/lib/fleet/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { metricQuerySchema } from "@/lib/metrics/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { BY_POOL_CHARTS, FLEET_METRICS, nodeFilters, SERIES_METRICS, UTILIZATION_CHARTS } from "./definition";
import { preparePools, prepareShares } from "./prepare-pools";

describe("the questions of /utilization", () => {
  it("are known node metrics, fit into one query each, and are drawn in their own unit", () => {
    for (const metrics of [SERIES_METRICS, FLEET_METRICS]) {
      expect(metricQuerySchema.shape.metrics.safeParse([...metrics]).success).toBe(true);
      expect(metrics.filter((metric) => METRICS.get(metric)?.domain !== "node")).toEqual([]);
    }
    const drawn = [
      ...UTILIZATION_CHARTS.flatMap(({ lines, unit }) => lines.map(({ metric }) => ({ metric, unit }))),
      ...BY_POOL_CHARTS,
    ];
    for (const { metric, unit } of drawn) expect([metric, METRICS.get(metric)!.unit]).toEqual([metric, unit]);
  });
  it("drop filters that say nothing about a node", () => {
    expect(
      nodeFilters([
        { dimension: "tenant", in: ["acme"] },
        { dimension: "pool", in: ["llama"] },
      ]),
    ).toEqual([{ dimension: "pool", in: ["llama"] }]);
  });
});

const node = (id: string, state: FleetNode["state"]): FleetNode => ({
  id,
  gpuType: "H100",
  gpuCount: 8,
  region: null,
  commitment: "on-demand",
  simulated: false,
  state,
  reading: null,
});
const pool = (id: string, nodes: FleetNode[]): FleetPool => ({
  id,
  name: id,
  model: "m",
  engine: "vllm",
  simulated: false,
  nodes,
});
const share = (id: string, idleUsd: string): PoolShare => ({ pool: id, busyUsd: "0", idleUsd, unallocatedUsd: "0", tenants: [] });

describe("preparePools", () => {
  const pools = [pool("a", [node("a1", "live"), node("a2", "stale")]), pool("b", [node("b1", "live")])];
  const inputs = {
    pools,
    byPool: [{ bucket: null, pool: "a", gpu_utilization: { value: "0.4" } }],
    byNode: [
      { bucket: null, pool: "a", node: "a2", gpu_utilization: { value: "0.1" } },
      { bucket: null, pool: "b", node: "a1", gpu_utilization: { value: "0.9" } },
    ],
    shares: { weights: { uncached: 1, cached: 0, decode: 4 }, limited: false, pools: [share("a", "2"), share("b", "10")] },
    chosen: { pools: [], nodes: [] },
  };

  it("puts the pool with the most idle dollars first ($10 before $2) and joins numbers by pool and node", () => {
    const views = preparePools(inputs);
    expect(views.map((v) => [v.pool.id, v.live, v.nodes.length])).toEqual([
      ["b", 1, 1],
      ["a", 1, 2],
    ]);
    expect(views[1]!.metrics).toBe(inputs.byPool[0]);
    expect(views[1]!.nodes.map((n) => n.metrics)).toEqual([undefined, inputs.byNode[0]]);
  });
  it("follows the filter bar: a chosen node hides its neighbours and pools without it", () => {
    expect(preparePools({ ...inputs, chosen: { pools: [], nodes: ["a2"] } }).map((v) => v.nodes.map((n) => n.node.id))).toEqual([
      ["a2"],
    ]);
    expect(preparePools({ ...inputs, chosen: { pools: ["b"], nodes: [] } }).map((v) => v.pool.id)).toEqual(["b"]);
  });
});

describe("prepareShares", () => {
  const tenant = (id: string, busyUsd: string, workShare: string) => ({
    tenant: id,
    uncachedTokens: "1",
    cachedTokens: "2",
    decodeTokens: "3",
    work: "13",
    share: workShare,
    busyUsd,
  });

  it("lists tenants, then unexplained busy money, then idle; $6 + $4 + $10 idle make a bill of $20", () => {
    const { lines, billUsd } = prepareShares({
      pool: "a",
      busyUsd: "10",
      idleUsd: "10",
      unallocatedUsd: "0",
      tenants: [tenant("acme", "6", "0.6"), tenant("", "4", "0.4")],
    });
    expect(lines.map((l) => [l.label, l.kind, l.usd, l.workShare, l.billShare])).toEqual([
      ["acme", "tenant", "6", 0.6, 0.3],
      ["(not set)", "tenant", "4", 0.4, 0.2],
      ["Idle", "idle", "10", null, 0.5],
    ]);
    expect(billUsd).toBe("20");
  });
  it("keeps to the own line when the totals are kept from the reader", () => {
    const { lines, billUsd } = prepareShares({
      pool: "a",
      busyUsd: null,
      idleUsd: null,
      unallocatedUsd: null,
      tenants: [tenant("acme", "6", "0.6")],
    });
    expect([lines.map((l) => l.kind), billUsd]).toEqual([["tenant"], null]);
  });
  it("shows idle at zero too, and busy money that no request explains", () => {
    const { lines } = prepareShares({ pool: "a", busyUsd: "5", idleUsd: "0", unallocatedUsd: "5", tenants: [] });
    expect(lines.map((l) => [l.kind, l.usd])).toEqual([
      ["unallocated", "5"],
      ["idle", "0"],
    ]);
  });
  it("has lines that add up to the bill, to the nano-dollar", () => {
    const nano = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(fc.array(nano, { maxLength: 8 }), nano, (busy, idle) => {
        const { lines, billUsd } = prepareShares({
          pool: "p",
          busyUsd: nanoToUsd(busy.reduce((a, b) => a + b, 0n)),
          idleUsd: nanoToUsd(idle),
          unallocatedUsd: "0",
          tenants: busy.map((usd, i) => tenant(`t${i}`, nanoToUsd(usd), "0")),
        });
        expect(lines.reduce((sum, line) => sum + toNanoUsd(line.usd), 0n)).toBe(toNanoUsd(billUsd!));
      }),
    );
  });
});
