import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, nanoToUsd, toNanoUsd } from "@/lib/money";
import { allocateHour, type EndpointWork, type HourAllocation, type HourInputs } from "./allocate-hour";
import type { WorkFit } from "./fit-work";
import { committedHourNano, type NodeHour } from "./node-cost";
import type { CommittedTerm, Term, TermOf } from "./schemas";

const HOUR = 3_600_000n;

const node = (over: Partial<NodeHour> = {}): NodeHour => ({
  node: "n1",
  pool: "p",
  gpuType: "H100",
  commitment: "on-demand",
  region: "eu",
  busyGpuMs: (8n * HOUR * 4n) / 10n,
  idleGpuMs: (8n * HOUR * 6n) / 10n,
  listNanoUsd: toNanoUsd("28"),
  energyMj: 0n,
  ...over,
});
const asked = (
  tenant: string,
  uncached: number,
  cached: number,
  decode: number,
  over: Partial<EndpointWork> = {},
): EndpointWork => ({
  pool: "p",
  tenant,
  endpoint: "chat",
  requests: 1n,
  uncachedTokens: BigInt(Math.round(uncached * 1e6)),
  cachedTokens: BigInt(Math.round(cached * 1e6)),
  decodeTokens: BigInt(Math.round(decode * 1e6)),
  kvTokenSeconds: 0n,
  requestMs: 0n,
  ...over,
});
const term = (terms: TermOf, id = "t1"): Term => ({ id, terms, effectiveFrom: null, effectiveTo: null });
const idle = (mode: "weighted" | "even" | "none"): Term =>
  term({ kind: "idle", pool: null, mode, owner: null, targetUtilisation: null });
const fit = (over: Partial<WorkFit> = {}): WorkFit => ({
  weights: { uncached: 1, cached: 0, decode: 4, kvTokenSecond: 0 },
  r2: 0.97,
  rmse: 1,
  relativeError: 0.1,
  observations: 500,
  ...over,
});
const golden = [asked("C", 0.5, 4.5, 0.1), asked("A", 6, 0, 0.3), asked("B", 1, 0, 0.9)];
const inputs = (over: Partial<HourInputs> = {}): HourInputs => ({
  nodes: [node()],
  work: golden,
  fits: new Map([["p", fit()]]),
  terms: [],
  ...over,
});
const to4 = (nano: bigint) => new Decimal(nanoToUsd(nano)).toFixed(4);
const of = (result: HourAllocation, tenant: string) => result.rows.filter((row) => row.tenant === tenant);

describe("the golden hour: 8 GPUs, $28, 40 % busy, α 1 β 0 γ 4", () => {
  it("A $6.3496, B $4.0567, C $0.7937 of busy time; idle $16.8000 is its own line", () => {
    const { rows, pools } = allocateHour(inputs());
    expect(rows.map((row) => [row.tenant, to4(row.busyNanoUsd), row.idleNanoUsd])).toEqual([
      ["A", "6.3496", 0n],
      ["B", "4.0567", 0n],
      ["C", "0.7937", 0n],
    ]);
    expect(pools[0]).toMatchObject({ method: "work-nnls", idleMode: "none", unallocatedBusyNanoUsd: 0n });
    expect(to4(pools[0]!.unallocatedIdleNanoUsd)).toBe("16.8000");
  });

  it("with idle by weight: $15.8740, $10.1417, $1.9843", () => {
    const { rows } = allocateHour(inputs({ terms: [idle("weighted")] }));
    expect(rows.map((row) => to4(row.busyNanoUsd + row.idleNanoUsd))).toEqual(["15.8740", "10.1417", "1.9843"]);
  });
});

describe("the ladder", () => {
  const method = (over: Partial<HourInputs>) => allocateHour(inputs(over)).pools[0]!.method;
  it("goes from fitted work to the ratio when the fit is poor or young, to request times without tokens, then to even", () => {
    expect(method({})).toBe("work-nnls");
    expect(method({ fits: new Map([["p", fit({ r2: 0.59 })]]) })).toBe("work-ratio");
    expect(method({ fits: new Map([["p", fit({ observations: 99 })]]) })).toBe("work-ratio");
    expect(method({ fits: new Map() })).toBe("work-ratio");
    const silent = [asked("A", 0, 0, 0, { requestMs: 3_000n }), asked("B", 0, 0, 0, { requestMs: 1_000n })];
    expect(method({ work: silent })).toBe("request-time");
    expect(method({ work: [asked("A", 0, 0, 0), asked("B", 0, 0, 0)] })).toBe("even");
  });

  it("request-time gives A three quarters; even gives each tenant the same, however many endpoints it has", () => {
    const silent = [asked("A", 0, 0, 0, { requestMs: 3_000n }), asked("B", 0, 0, 0, { requestMs: 1_000n })];
    expect(allocateHour(inputs({ work: silent })).rows.map((row) => nanoToUsd(row.busyNanoUsd))).toEqual(["8.4", "2.8"]);
    const even = [asked("A", 0, 0, 0), asked("A", 0, 0, 0, { endpoint: "search" }), asked("B", 0, 0, 0)];
    const { rows } = allocateHour(inputs({ work: even }));
    expect(rows.map((row) => [row.tenant, row.endpoint, nanoToUsd(row.busyNanoUsd)])).toEqual([
      ["A", "chat", "2.8"],
      ["A", "search", "2.8"],
      ["B", "chat", "5.6"],
    ]);
  });

  it("busy time without any request is residual, never somebody's", () => {
    const { rows, pools } = allocateHour(inputs({ work: [] }));
    expect(rows).toEqual([]);
    expect([nanoToUsd(pools[0]!.unallocatedBusyNanoUsd), nanoToUsd(pools[0]!.unallocatedIdleNanoUsd)]).toEqual(["11.2", "16.8"]);
  });
});

describe("what the GPUs cost", () => {
  // 8 GPUs for a year: $140,160 upfront are $16 an hour, and $1 an hour each are $8: $24 an hour for all.
  const reserved = term({
    kind: "reserved",
    gpuType: "NVIDIA H100 80GB HBM3",
    region: null,
    gpuCount: 8,
    upfrontUsd: "140160",
    hourlyUsd: "1",
    termHours: 8_760,
  }) as CommittedTerm;

  it("reserved: upfront ÷ term + hourly; half of the GPUs run, so half of $24 is unused and a line of its own", () => {
    expect(nanoToUsd(committedHourNano(reserved))).toBe("24");
    const half = node({ commitment: "reserved", busyGpuMs: 2n * HOUR, idleGpuMs: 2n * HOUR, listNanoUsd: toNanoUsd("14") });
    const { pools, lines } = allocateHour(inputs({ nodes: [half], terms: [reserved] }));
    expect([nanoToUsd(pools[0]!.busyNanoUsd), nanoToUsd(pools[0]!.idleNanoUsd)]).toEqual(["6", "6"]);
    expect(lines).toEqual([{ kind: "unused-commitment", subject: "t1", gpuMs: 4n * HOUR, nanoUsd: toNanoUsd("12") }]);
  });

  it("beyond the reservation the rate of the readings holds: 12 GPUs at $3.50 pay $24 for 8 and $14 for 4", () => {
    const more = node({ commitment: "reserved", busyGpuMs: 12n * HOUR, idleGpuMs: 0n, listNanoUsd: toNanoUsd("42") });
    const { pools, lines } = allocateHour(inputs({ nodes: [more], terms: [reserved] }));
    expect([nanoToUsd(pools[0]!.busyNanoUsd), lines]).toEqual(["38", []]);
  });

  it("owned: capex ÷ life, and kWh × PUE × tariff. $262,800 over 26,280 h is $10; 4 kWh × 1.5 × $0.10 is $0.60", () => {
    const owned = term({ kind: "owned", gpuType: "H100", region: "eu", gpuCount: 8, capexUsd: "262800", lifeHours: 26_280 });
    const energy = term({ kind: "energy", region: null, pue: "1.5", usdPerKwh: "0.10", kgCo2PerKwh: "0.35" }, "e");
    const own = node({ commitment: "owned", energyMj: 14_400_000_000n });
    const { pools } = allocateHour(inputs({ nodes: [own], terms: [owned, energy] }));
    expect(nanoToUsd(pools[0]!.busyNanoUsd + pools[0]!.idleNanoUsd)).toBe("10.6");
  });

  it("spot pays what its readings met, interval by interval", () => {
    const { pools } = allocateHour(inputs({ nodes: [node({ commitment: "spot", listNanoUsd: toNanoUsd("9.75") })] }));
    expect(nanoToUsd(pools[0]!.busyNanoUsd + pools[0]!.idleNanoUsd)).toBe("9.75");
  });

  it("named lines follow the work: $0.50 a GPU-hour of network are $4, of which A has 7.2 ÷ 12.7", () => {
    const network = term({ kind: "line", name: "network", pool: null, usdPerGpuHour: "0.5" });
    const result = allocateHour(inputs({ terms: [network] }));
    expect(result.pools[0]!.lines).toEqual([{ name: "network", nanoUsd: toNanoUsd("4") }]);
    expect(to4(of(result, "A")[0]!.otherNanoUsd)).toBe("2.2677");
    expect(result.pools[0]!.unallocatedOtherNanoUsd).toBe(0n);
  });

  it("owner-pays charges the owner in an hour without own work too", () => {
    const owner = term({ kind: "idle", pool: "p", mode: "owner-pays", owner: "D", targetUtilisation: null });
    const result = allocateHour(inputs({ terms: [owner] }));
    expect(of(result, "D").map((row) => [row.busyNanoUsd, nanoToUsd(row.idleNanoUsd)])).toEqual([[0n, "16.8"]]);
    expect(result.pools[0]!.unallocatedIdleNanoUsd).toBe(0n);
  });
});

describe("engines that share a host", () => {
  const guest = (name: string, pool: string, busy: bigint) =>
    node({ node: name, pool, busyGpuMs: busy, idleGpuMs: HOUR - busy, listNanoUsd: toNanoUsd("7") });

  it("MIG: 3 and 2 of 7 slices hold $3 and $2 of $7; two slices nobody holds are a line", () => {
    const mig = (name: string, slices: number) =>
      term({ kind: "sharing", node: name, host: "h", mode: "mig", slices, ofSlices: 7, memoryShare: "0" }, `s-${name}`);
    const result = allocateHour(
      inputs({
        nodes: [guest("a", "p", HOUR / 7n), guest("b", "q", 0n)],
        work: [],
        terms: [mig("a", 3), mig("b", 2)],
      }),
    );
    expect(result.pools.map((pool) => [pool.pool, to4(pool.busyNanoUsd + pool.idleNanoUsd)])).toEqual([
      ["p", "3.0000"],
      ["q", "2.0000"],
    ]);
    expect(result.lines.map(({ kind, subject, nanoUsd }) => [kind, subject, to4(nanoUsd)])).toEqual([
      ["unheld-host", "h", "2.0000"],
    ]);
  });

  it("time-slicing: the larger of memory and active share. 50 % memory, 10 % active: half. 20 % memory, 40 % active: two fifths", () => {
    const slice = (name: string, memoryShare: string) =>
      term({ kind: "sharing", node: name, host: "h", mode: "time-slicing", slices: 1, ofSlices: 7, memoryShare }, `s-${name}`);
    const result = allocateHour(
      inputs({
        nodes: [guest("a", "p", HOUR / 10n), guest("b", "q", (HOUR * 4n) / 10n)],
        work: [],
        terms: [slice("a", "0.5"), slice("b", "0.2")],
      }),
    );
    expect(result.pools.map((pool) => to4(pool.busyNanoUsd + pool.idleNanoUsd))).toEqual(["3.5000", "2.8000"]);
    expect(to4(result.lines[0]!.nanoUsd)).toBe("0.7000");
  });
});

describe("for any hour", () => {
  const ms = fc.bigInt({ min: 0n, max: 64n * HOUR });
  const nano = fc.bigInt({ min: 0n, max: 10n ** 14n });
  const nodes = fc.array(
    fc.record({
      pool: fc.constantFrom("p", "q", "r"),
      gpuType: fc.constantFrom("H100", "L4"),
      commitment: fc.constantFrom("on-demand", "reserved", "owned", "spot"),
      region: fc.constantFrom("eu", "us", null),
      busyGpuMs: ms,
      idleGpuMs: ms,
      listNanoUsd: nano,
      energyMj: fc.bigInt({ min: 0n, max: 10n ** 13n }),
    }),
    { maxLength: 8 },
  );
  const tokens = fc.bigInt({ min: 0n, max: 10n ** 10n });
  const work = fc.uniqueArray(
    fc.record({
      pool: fc.constantFrom("p", "q", "s"),
      tenant: fc.constantFrom("A", "B", "C", "D"),
      endpoint: fc.constantFrom("x", "y", "z"),
      requests: fc.bigInt({ min: 0n, max: 1_000n }),
      uncachedTokens: tokens,
      cachedTokens: tokens,
      decodeTokens: tokens,
      kvTokenSeconds: tokens,
      requestMs: tokens,
    }),
    { maxLength: 14, selector: (each) => `${each.pool} ${each.tenant} ${each.endpoint}` },
  );
  const modes = fc.constantFrom<Extract<TermOf, { kind: "idle" }>>(
    { kind: "idle", pool: null, mode: "none", owner: null, targetUtilisation: null },
    { kind: "idle", pool: null, mode: "weighted", owner: null, targetUtilisation: null },
    { kind: "idle", pool: "p", mode: "even", owner: null, targetUtilisation: null },
    { kind: "idle", pool: null, mode: "owner-pays", owner: "D", targetUtilisation: null },
    { kind: "idle", pool: "q", mode: "target-capped", owner: null, targetUtilisation: "0.7" },
  );
  const committed = fc.record({
    gpuCount: fc.integer({ min: 1, max: 40 }),
    upfrontUsd: fc.integer({ min: 0, max: 1e6 }).map(String),
    gpuType: fc.constantFrom("H100", "L4"),
    region: fc.constantFrom("eu", null),
  });

  it("allocated + idle + residual is the bill, and all bills with unused commitments are what the GPUs cost", () => {
    fc.assert(
      fc.property(nodes, work, modes, fc.array(committed, { maxLength: 3 }), fc.boolean(), (list, asks, mode, terms, fitted) => {
        const named = list.map((each, i): NodeHour => ({ node: `n${i}`, ...each }));
        const commitments = terms.map((each, i) =>
          term({ kind: "reserved", hourlyUsd: "0.37", termHours: 8_760, ...each }, `c${i}`),
        ) as CommittedTerm[];
        const result = allocateHour({
          nodes: named,
          work: asks,
          fits: fitted
            ? new Map([["p", fit({ weights: { uncached: 0.000123, cached: 0, decode: 25.7, kvTokenSecond: 0.01 } })]])
            : new Map(),
          terms: [
            ...commitments,
            term(mode, "i"),
            term({ kind: "line", name: "host", pool: null, usdPerGpuHour: "0.123456789" }, "l"),
          ],
        });
        const total = (parts: readonly bigint[]) => parts.reduce((sum, part) => sum + part, 0n);
        for (const pool of result.pools) {
          const own = result.rows.filter((row) => row.pool === pool.pool);
          expect(total(own.map((row) => row.busyNanoUsd)) + pool.unallocatedBusyNanoUsd).toBe(pool.busyNanoUsd);
          expect(total(own.map((row) => row.idleNanoUsd)) + pool.unallocatedIdleNanoUsd).toBe(pool.idleNanoUsd);
          expect(total(own.map((row) => row.otherNanoUsd)) + pool.unallocatedOtherNanoUsd).toBe(
            total(pool.lines.map(({ nanoUsd }) => nanoUsd)),
          );
          expect(total(own.map((row) => row.energyMj)) + pool.unallocatedEnergyMj).toBe(pool.energyMj);
          expect(total(own.map((row) => row.carbonMg)) + pool.unallocatedCarbonMg).toBe(pool.carbonMg);
          expect(own.every((row) => row.busyNanoUsd >= 0n && row.idleNanoUsd >= 0n && row.otherNanoUsd >= 0n)).toBe(true);
        }
        // Without owned nodes' terms, list money only moves: committed nodes pay their terms, the rest what it was.
        const bills = total(result.pools.map((pool) => pool.busyNanoUsd + pool.idleNanoUsd));
        const unused = total(result.lines.map(({ nanoUsd }) => nanoUsd));
        const onlyList = total(named.filter((each) => each.commitment !== "reserved").map((each) => each.listNanoUsd));
        const allTerms = total(commitments.map(committedHourNano));
        expect(bills + unused >= onlyList + allTerms).toBe(true);
        const reservedList = total(named.filter((each) => each.commitment === "reserved").map((each) => each.listNanoUsd));
        expect(bills + unused <= onlyList + allTerms + reservedList).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
