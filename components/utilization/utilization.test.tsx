import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Allocations, PoolAllocation } from "@/lib/allocation/schemas";
import type { FleetNode, FleetPool } from "@/lib/fleet/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { metricQuerySchema } from "@/lib/metrics/schemas";
import { nanoToUsd, toNanoUsd } from "@/lib/money";
import { BY_POOL_CHARTS, FLEET_METRICS, nodeFilters, SERIES_METRICS, UTILIZATION_CHARTS } from "./definition";
import { preparePools } from "./prepare-pools";
import { prepareShares } from "./prepare-shares";
import { perMillion } from "./words";

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
type Bill = NonNullable<PoolAllocation["bill"]>;
const bill = (over: Partial<Bill> = {}): Bill => ({
  busyUsd: "0",
  idleUsd: "0",
  lines: [],
  totalUsd: "0",
  residualUsd: "0",
  idleUnallocatedUsd: "0",
  tokens: "0",
  ...over,
});
const allocation = (pool: string, over: Partial<PoolAllocation> = {}): PoolAllocation => ({
  pool,
  model: "m",
  hours: 1,
  methods: [{ method: "work-nnls", hours: 1 }],
  fit: null,
  idleMode: "none",
  tenants: [],
  bill: bill(),
  breakEven: null,
  ...over,
});
const allocations = (pools: PoolAllocation[]): Allocations => ({
  limited: false,
  completeTo: null,
  restatedHours: 0,
  pendingHours: 0,
  pools,
  lines: [],
});

describe("preparePools", () => {
  const pools = [pool("a", [node("a1", "live"), node("a2", "stale")]), pool("b", [node("b1", "live")])];
  const inputs = {
    pools,
    byPool: [{ bucket: null, pool: "a", gpu_utilization: { value: "0.4" } }],
    byNode: [
      { bucket: null, pool: "a", node: "a2", gpu_utilization: { value: "0.1" } },
      { bucket: null, pool: "b", node: "a1", gpu_utilization: { value: "0.9" } },
    ],
    allocations: allocations([
      allocation("a", { bill: bill({ idleUsd: "2" }) }),
      allocation("b", { bill: bill({ idleUsd: "10" }) }),
    ]),
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
  const tenant = (id: string, busyUsd: string, idleUsd: string, share: string) => ({
    tenant: id,
    requests: "1",
    uncachedTokens: "1",
    cachedTokens: "2",
    decodeTokens: "3",
    share,
    busyUsd,
    idleUsd,
    otherUsd: "0",
    allocatedUsd: nanoToUsd(toNanoUsd(busyUsd) + toNanoUsd(idleUsd)),
    energyKwh: "0",
  });

  it("lists tenants on both bases, then idle of nobody; $6 + $4 used, $5 idle charged, $5 not, make a bill of $20", () => {
    const { lines, billUsd } = prepareShares(
      allocation("a", {
        bill: bill({ totalUsd: "20", idleUnallocatedUsd: "5" }),
        tenants: [tenant("acme", "6", "3", "0.6"), tenant("", "4", "2", "0.4")],
      }),
    );
    expect(lines.map((l) => [l.label, l.kind, l.busyUsd, l.usd, l.workShare, l.billShare])).toEqual([
      ["acme", "tenant", "6", "9", 0.6, 0.45],
      ["(not set)", "tenant", "4", "6", 0.4, 0.3],
      ["Idle, charged to nobody", "idle", null, "5", null, 0.25],
    ]);
    expect(billUsd).toBe("20");
  });
  it("keeps to the own line when the totals are kept from the reader", () => {
    const { lines, billUsd } = prepareShares(allocation("a", { bill: null, tenants: [tenant("acme", "6", "0", "0.6")] }));
    expect([lines.map((l) => l.kind), billUsd]).toEqual([["tenant"], null]);
  });
  it("shows idle at zero too, and busy money that no request explains", () => {
    const { lines } = prepareShares(allocation("a", { bill: bill({ totalUsd: "5", residualUsd: "5" }) }));
    expect(lines.map((l) => [l.kind, l.usd])).toEqual([
      ["residual", "5"],
      ["idle", "0"],
    ]);
  });
  it("has lines that add up to the bill, to the nano-dollar", () => {
    const nano = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(fc.array(fc.tuple(nano, nano), { maxLength: 8 }), nano, nano, (parts, idle, residual) => {
        const total = parts.reduce((sum, [a, b]) => sum + a + b, idle + residual);
        const { lines, billUsd } = prepareShares(
          allocation("p", {
            bill: bill({ totalUsd: nanoToUsd(total), idleUnallocatedUsd: nanoToUsd(idle), residualUsd: nanoToUsd(residual) }),
            tenants: parts.map(([busy, charged], i) => tenant(`t${i}`, nanoToUsd(busy), nanoToUsd(charged), "0")),
          }),
        );
        expect(lines.reduce((sum, line) => sum + toNanoUsd(line.usd), 0n)).toBe(toNanoUsd(billUsd!));
      }),
    );
  });
});

describe("perMillion", () => {
  it("$28 for 12.4M tokens are $2.258064 per 1M; without tokens there is none", () => {
    expect(perMillion("28", "12400000")).toBe("2.258064");
    expect(perMillion("28", "0")).toBeNull();
  });
});
