import { describe, expect, it } from "vitest";
import { randomAt } from "@/lib/stats/random";
import { HOUR_MS, hourOfZoneWeek } from "@/lib/time";
import { findAnomalies, type HourSeries, type SeriesHour } from "./find-anomalies";

/** A Monday; four weeks of hours, the last one judged too. */
const BEGIN = Date.parse("2026-10-26T00:00:00Z");
const HOURS = Array.from({ length: 28 * 24 }, (_, n) => BEGIN + n * HOUR_MS);
const HOUR_OF = new Map(HOURS.map((at) => [at, hourOfZoneWeek(at, "UTC")]));
const search = { known: HOURS, judgeFrom: BEGIN, hourOf: (at: number) => HOUR_OF.get(at)! };
const day = (at: number) => Math.floor((at - BEGIN) / (24 * HOUR_MS));
const hourOf = (at: number) => new Date(at).getUTCHours();
/** 9:00 to 15:00 of the fourth Thursday. */
const BAD = HOURS.filter((at) => day(at) === 24 && hourOf(at) >= 9 && hourOf(at) < 15);

function series(place: string, more: (at: number, usual: SeriesHour) => Partial<SeriesHour> = () => ({})): HourSeries {
  const [tenant, endpoint, model, provider] = place.split("/") as [string, string, string, string];
  const hours = HOURS.map((at) => {
    const random = randomAt(place, at);
    const busy = hourOf(at) >= 8 && hourOf(at) < 18 ? 1 : 0.2;
    const requests = Math.round(100 * busy * random.around(1, 0.1));
    const usual = {
      at,
      costUsd: requests * 0.01 * random.around(1, 0.1),
      requests,
      errors: random.chance(0.05) ? 1 : 0,
      attempts: requests,
      retries: 0,
      outcomes: 0,
      good: 0,
    };
    return { ...usual, ...more(at, usual) };
  });
  return { watched: ["cost_usd", "error_rate", "retry_rate"], tenant, endpoint, model, provider, hours, masks: [] };
}
/** Ten or so outcomes an hour by day, nine of ten good, each by chance. */
const judged = (place: string, goodShare: (at: number) => number = () => 0.9): HourSeries => {
  const usage = series(`${place}//`);
  const hours = usage.hours.map((hour) => {
    const random = randomAt(place, "outcomes", hour.at);
    const outcomes = Math.round(hour.requests / 10);
    const good = Array.from({ length: outcomes }, () => random.chance(goodShare(hour.at))).filter(Boolean).length;
    return { ...hour, outcomes, good };
  });
  return { ...usage, watched: ["quality_rate"], hours };
};
const clean = (n: number) => series(`t${n}/chat/small/acme-ai`);

describe("four weeks of ordinary noise", () => {
  it("hold nothing, in twenty series", () => {
    expect(
      findAnomalies(
        Array.from({ length: 20 }, (_, n) => clean(n)),
        search,
      ),
    ).toEqual([]);
  });
});

describe("what is unusual", () => {
  it("six hours of three times the cost: one anomaly, its money the difference to the usual, nothing elsewhere", () => {
    const dear = series("acme/support/large/openai", (at, { costUsd }) => (BAD.includes(at) ? { costUsd: costUsd * 3 } : {}));
    const [found, ...others] = findAnomalies([clean(1), dear, clean(2)], search);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ metric: "cost_usd", direction: "up", from: BAD[0], to: BAD.at(-1)! + HOUR_MS });
    // About a dollar an hour is usual: six hours cost $18 in place of $6.
    expect(found!.impactUsd).toBeGreaterThan(7);
    expect(found!.impactUsd).toBeLessThan(15);
    expect(found!.parts).toHaveLength(1);
  });
  it("a model that was never used before is found, although it has no history of its own", () => {
    const fallback = series("acme/support/other/anthropic");
    const fresh = { ...fallback, hours: fallback.hours.filter(({ at }) => BAD.includes(at)) };
    expect(findAnomalies([clean(1), fresh], search)).toMatchObject([
      { metric: "cost_usd", direction: "up", parts: [{ expected: 0 }] },
    ]);
  });
  it("an outage of a provider is one anomaly with its places in it, ranked by money", () => {
    const failing = (place: string) =>
      series(place, (at, { requests }) => (BAD.includes(at) ? { errors: Math.round(requests * 0.3) } : {}));
    const found = findAnomalies([failing("acme/support/large/openai"), clean(1), failing("globex/search/mini/openai")], search);
    expect(found).toMatchObject([
      { metric: "error_rate", direction: "up", parts: [{ provider: "openai" }, { provider: "openai" }] },
    ]);
    expect(found[0]!.parts[0]!.actual).toBeCloseTo(0.3, 1);
  });
  it("one wild hour is no anomaly, and fewer errors are none either", () => {
    const wild = series("acme/a/m/p", (at, { costUsd }) => (at === BAD[0] ? { costUsd: costUsd * 20 } : {}));
    const better = series("acme/b/m/p", (at, { requests }) => ({ errors: BAD.includes(at) ? 0 : Math.round(requests * 0.3) }));
    expect(findAnomalies([wild, better], search)).toEqual([]);
  });
  it("four of five answers bad for six hours: worse quality, and the money spent on what was worse than usual", () => {
    const places = Array.from({ length: 20 }, (_, n) => judged(`t${n}/chat`));
    const bad = judged("acme/support", (at) => (BAD.includes(at) ? 0.2 : 0.9));
    const found = findAnomalies([...places, bad], search);
    expect(found).toMatchObject([
      { metric: "quality_rate", direction: "down", parts: [{ tenant: "acme", endpoint: "support", model: "" }] },
    ]);
    const [part] = found[0]!.parts;
    expect(part!.actual).toBeLessThan(0.4);
    expect(part!.expected).toBeGreaterThan(0.85);
    // Seven tenths of about $1 an hour, in the hours that were bad enough.
    expect(found[0]!.impactUsd).toBeGreaterThan(2);
    expect(found[0]!.impactUsd).toBeLessThan(5);
  });
  it("better quality than usual is good news", () => {
    expect(findAnomalies([judged("acme/support", (at) => (BAD.includes(at) ? 1 : 0.5))], search)).toEqual([]);
  });
  it("nothing is said of hours that a rollout touches", () => {
    const dear = series("acme/support/large/openai", (at, { costUsd }) => (BAD.includes(at) ? { costUsd: costUsd * 3 } : {}));
    const masked = { ...dear, masks: [{ from: BAD[0]!, to: BAD.at(-1)! + HOUR_MS }] };
    expect(findAnomalies([masked], search)).toEqual([]);
  });
  it("hours before the search are learned from and not judged", () => {
    const dear = series("acme/support/large/openai", (at, { costUsd }) => (BAD.includes(at) ? { costUsd: costUsd * 3 } : {}));
    expect(findAnomalies([dear], { ...search, judgeFrom: BAD.at(-1)! + HOUR_MS })).toEqual([]);
  });
});
