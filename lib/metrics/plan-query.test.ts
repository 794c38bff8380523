import { describe, expect, it } from "vitest";
import { METRICS } from "./catalogue";
import { MEASURES, DISTRIBUTIONS } from "./measures";
import { ALLOCATED_COLUMN, UNALLOCATED_COLUMN } from "./allocation-measures";
import { ENERGY_MEASURES, NODE_MEASURES } from "./node-measures";
import { bucketsOf, comparePeriod } from "./periods";
import { ACTION_DISTRIBUTIONS, OUTCOME_MEASURES } from "./read-sql";
import { planQuery, type QueryPlan } from "./plan-query";
import { metricQuerySchema, type MetricQuery } from "./schemas";
import { segmentsOf, type Sources } from "./segments";

const DAY = 86_400_000;
const at = (iso: string) => Date.parse(iso);
const NOW = at("2026-11-20T10:30:20Z");

const sources = (timeZone: string, part: Partial<Sources> = {}): Sources => ({
  timeZone,
  daysFrom: -Infinity,
  minutesFrom: NOW - 7 * DAY,
  rawFrom: at("2026-10-17T00:00:00Z"),
  maxRawMs: 8 * DAY,
  ...part,
});

const plan = (query: MetricQuery, timeZone = "UTC", part: Partial<Sources> = {}): QueryPlan =>
  planQuery(metricQuerySchema.parse(query), { now: NOW, sources: sources(timeZone, part), tenants: "all" });

const parts = (from: string, to: string, timeZone: string, part: Partial<Sources> = {}) => {
  const buckets = bucketsOf(at(from), at(to), "total", timeZone, 1)!;
  return segmentsOf(buckets, sources(timeZone, part), false).map(
    ({ source, from: start, to: end }) => `${source} ${new Date(start).toISOString()} ${new Date(end).toISOString()}`,
  );
};

describe("segments: the coarsest rows that answer exactly", () => {
  it("whole days of the zone come from day rows, a day of 25 hours too", () => {
    expect(parts("2026-10-23T22:00:00Z", "2026-10-25T23:00:00Z", "Europe/Paris")).toEqual([
      "day 2026-10-23T22:00:00.000Z 2026-10-25T23:00:00.000Z",
    ]);
  });

  it("edges step down: hours, minutes, raw rows", () => {
    expect(parts("2026-11-17T22:58:30Z", "2026-11-20T10:30:20Z", "UTC")).toEqual([
      "raw 2026-11-17T22:58:30.000Z 2026-11-17T22:59:00.000Z",
      "minute 2026-11-17T22:59:00.000Z 2026-11-17T23:00:00.000Z",
      "hour 2026-11-17T23:00:00.000Z 2026-11-18T00:00:00.000Z",
      "day 2026-11-18T00:00:00.000Z 2026-11-20T00:00:00.000Z",
      "hour 2026-11-20T00:00:00.000Z 2026-11-20T10:00:00.000Z",
      "minute 2026-11-20T10:00:00.000Z 2026-11-20T10:30:00.000Z",
      "raw 2026-11-20T10:30:00.000Z 2026-11-20T10:30:20.000Z",
    ]);
  });

  it("without day rows of the zone, a midnight inside an hour is cut by minutes, and by raw rows where minutes are gone", () => {
    expect(parts("2026-11-18T18:30:00Z", "2026-11-19T18:30:00Z", "Asia/Kolkata", { daysFrom: null })).toEqual([
      "minute 2026-11-18T18:30:00.000Z 2026-11-18T19:00:00.000Z",
      "hour 2026-11-18T19:00:00.000Z 2026-11-19T18:00:00.000Z",
      "minute 2026-11-19T18:00:00.000Z 2026-11-19T18:30:00.000Z",
    ]);
    expect(parts("2026-10-31T18:30:00Z", "2026-11-01T18:30:00Z", "Asia/Kolkata", { daysFrom: null })).toEqual([
      "raw 2026-10-31T18:30:00.000Z 2026-10-31T19:00:00.000Z",
      "hour 2026-10-31T19:00:00.000Z 2026-11-01T18:00:00.000Z",
      "raw 2026-11-01T18:00:00.000Z 2026-11-01T18:30:00.000Z",
    ]);
  });

  it("days are used from where they were rebuilt", () => {
    expect(parts("2026-11-10T00:00:00Z", "2026-11-13T00:00:00Z", "UTC", { daysFrom: at("2026-11-12T00:00:00Z") })).toEqual([
      "hour 2026-11-10T00:00:00.000Z 2026-11-12T00:00:00.000Z",
      "day 2026-11-12T00:00:00.000Z 2026-11-13T00:00:00.000Z",
    ]);
    expect(parts("2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z", "UTC", { daysFrom: Infinity })).toEqual([
      "hour 2026-11-10T00:00:00.000Z 2026-11-11T00:00:00.000Z",
    ]);
  });

  it("rounds to hours, and says so, where minutes and raw rows are gone", () => {
    const { period, warnings } = plan({ metrics: ["requests"], from: "2026-09-01T00:20:00Z", to: "2026-09-01T05:40:00Z" });
    expect(period.segments).toEqual([{ source: "hour", from: at("2026-09-01T01:00:00Z"), to: at("2026-09-01T06:00:00Z") }]);
    expect(warnings.join()).toContain("rounded to whole hours");
  });

  it("never reads one instant twice or leaves one out", () => {
    for (const timeZone of ["UTC", "Europe/Paris", "Asia/Kolkata", "Pacific/Chatham"]) {
      for (const grain of ["total", "hour", "day", "week", "month"] as const) {
        const from = at("2026-10-22T03:07:09.123Z");
        const buckets = bucketsOf(from, NOW, grain, timeZone, 2_000)!;
        const segments = segmentsOf(buckets, sources(timeZone), false).toSorted((a, b) => a.from - b.from);
        expect([segments[0]!.from, segments.at(-1)!.to]).toEqual([from, NOW]);
        for (const [index, segment] of segments.entries()) if (index > 0) expect(segment.from).toBe(segments[index - 1]!.to);
      }
    }
  });
});

describe("buckets", () => {
  it("are the zone's days, 23, 24 and 25 hours long, cut by the period", () => {
    const buckets = bucketsOf(at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z"), "day", "Europe/Paris", 10)!;
    expect(buckets.map(({ start, from, to }) => [new Date(start).toISOString(), (to - from) / 3_600_000])).toEqual([
      ["2026-10-23T22:00:00.000Z", 10],
      ["2026-10-24T22:00:00.000Z", 25],
      ["2026-10-25T23:00:00.000Z", 13],
    ]);
  });

  it("weeks begin on Monday and months on the first", () => {
    const starts = (grain: "week" | "month") =>
      bucketsOf(at("2026-10-20T00:00:00Z"), at("2026-12-02T00:00:00Z"), grain, "America/Los_Angeles", 20)!.map(({ start }) =>
        new Date(start).toISOString(),
      );
    expect(starts("month")).toEqual(["2026-10-01T07:00:00.000Z", "2026-11-01T07:00:00.000Z", "2026-12-01T08:00:00.000Z"]);
    expect(starts("week").slice(0, 3)).toEqual([
      "2026-10-19T07:00:00.000Z",
      "2026-10-26T07:00:00.000Z",
      "2026-11-02T08:00:00.000Z",
    ]);
  });
});

describe("the period to compare with", () => {
  const compared = (from: string, to: string, how: "previous" | "last_week", zone: string) => {
    const period = comparePeriod(at(from), at(to), how, zone);
    return [new Date(period.from).toISOString(), new Date(period.to).toISOString()];
  };
  it("is the month before a month, as many days before days, the same stretch before any other", () => {
    expect(compared("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "previous", "UTC")).toEqual([
      "2026-10-01T00:00:00.000Z",
      "2026-11-01T00:00:00.000Z",
    ]);
    // Two Paris days that hold the change of clocks: 49 hours, compared with 48.
    expect(compared("2026-10-23T22:00:00Z", "2026-10-25T23:00:00Z", "previous", "Europe/Paris")).toEqual([
      "2026-10-21T22:00:00.000Z",
      "2026-10-23T22:00:00.000Z",
    ]);
    expect(compared("2026-11-20T09:00:00Z", "2026-11-20T10:30:00Z", "previous", "UTC")).toEqual([
      "2026-11-20T07:30:00.000Z",
      "2026-11-20T09:00:00.000Z",
    ]);
  });
  it.each([
    // The first and the second time that it is two o'clock on that night.
    ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-18T00:00:00.000Z", "2026-10-18T01:00:00.000Z"],
    ["2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-18T00:00:00.000Z", "2026-10-18T01:00:00.000Z"],
    // From one to three o'clock in one hour.
    ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-22T00:00:00.000Z", "2026-03-22T01:00:00.000Z"],
  ])("last week of an hour is an hour, also while clocks change: %s", (from, to, ...week) => {
    expect(compared(from, to, "last_week", "Europe/Paris")).toEqual(week);
  });
  it("last week is the same local time seven days earlier, across a change of clocks", () => {
    expect(compared("2026-10-28T09:00:00Z", "2026-10-28T17:00:00Z", "last_week", "Europe/Paris")).toEqual([
      "2026-10-21T08:00:00.000Z",
      "2026-10-21T16:00:00.000Z",
    ]);
  });
});

describe("what a plan reads", () => {
  const month: Pick<MetricQuery, "from" | "to"> = { from: "2026-10-20T00:00:00Z", to: "2026-11-20T00:00:00Z" };

  it("status comes from columns where every metric is kept per status, else from raw rows", () => {
    const columns = plan({ metrics: ["requests", "error_rate", "cost_usd"], groupBy: ["status"], ...month });
    expect([columns.statusFromColumns, columns.period.segments.map(({ source }) => source)]).toEqual([true, ["day"]]);
    expect(() => plan({ metrics: ["requests", "latency_p95"], groupBy: ["status"], ...month })).toThrow(
      /by status .* at most 8 days/,
    );
    const short = plan({
      metrics: ["latency_p95"],
      groupBy: ["status"],
      from: "2026-11-19T00:00:00Z",
      to: "2026-11-20T00:00:00Z",
    });
    expect(short.period.segments.map(({ source }) => source)).toEqual(["raw"]);
  });

  it("error class and cache outcome need raw rows, for as long as the installation is small enough", () => {
    expect(() => plan({ metrics: ["requests"], groupBy: ["errorClass"], ...month })).toThrow(
      /at most 8 days.*leave errorClass out/,
    );
    expect(() => plan({ metrics: ["requests"], filters: [{ dimension: "cacheOutcome", in: ["exact"] }], ...month })).toThrow(
      /cacheOutcome/,
    );
    const quiet = plan({ metrics: ["requests"], groupBy: ["errorClass"], ...month }, "UTC", { maxRawMs: 40 * DAY });
    expect(quiet.period.segments).toEqual([{ source: "raw", from: at(month.from), to: at(month.to) }]);
  });

  it("reads each measure once, and those that completeness needs", () => {
    const { measures, distributions } = plan({ metrics: ["success_rate", "requests", "latency_p50", "latency_p95"], ...month });
    expect(measures.length).toBe(new Set(measures).size);
    expect(measures).toEqual(expect.arrayContaining(["req_success", "req_priced", "events"]));
    expect(distributions).toEqual(["latency"]);
  });
});

describe("the catalogue", () => {
  it("is made of measures and distributions that exist", () => {
    const known = new Set<string>([
      ...MEASURES.map(({ name }) => name),
      ...DISTRIBUTIONS.map(({ name }) => name),
      ...NODE_MEASURES,
      ...ENERGY_MEASURES,
      ...Object.keys(ALLOCATED_COLUMN),
      ...Object.keys(UNALLOCATED_COLUMN),
      ...Object.keys(OUTCOME_MEASURES),
      ...ACTION_DISTRIBUTIONS,
    ]);
    const unknown = [...METRICS.values()].flatMap(({ id, measures }) =>
      measures.filter((name) => !known.has(name)).map((name) => `${id}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});
