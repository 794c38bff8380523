import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterMemory, type CounterValue } from "./counter-memory";

const counter = (key: string, value: number, over: Partial<CounterValue> = {}): CounterValue => ({
  family: key.split("{")[0]!,
  key,
  process: "",
  value,
  trusted: true,
  ...over,
});
const take = (memory: CounterMemory, counters: CounterValue[], page: { complete?: boolean; startedAt?: number | null } = {}) =>
  Object.fromEntries(
    memory.take(counters, {
      families: new Set(counters.map(({ family }) => family)),
      complete: page.complete ?? true,
      startedAt: page.startedAt ?? null,
    }),
  );

describe("what counters added", () => {
  it("is nothing on the first page, then the difference", () => {
    const memory = new CounterMemory(false);
    expect(take(memory, [counter("a", 1_000)])).toEqual({ a: null });
    expect(take(memory, [counter("a", 1_025)])).toEqual({ a: 25 });
    expect(take(memory, [counter("a", 1_025)])).toEqual({ a: 0 });
  });

  it("is all of the first page of a process that began since the source is known", () => {
    expect(take(new CounterMemory(true), [counter("a", 40)])).toEqual({ a: 40 });
  });

  it("is everything since the restart when the counter fell", () => {
    const memory = new CounterMemory(false);
    take(memory, [counter("a", 1_000)]);
    expect(take(memory, [counter("a", 30)])).toEqual({ a: 30 });
    expect(take(memory, [counter("a", 50)])).toEqual({ a: 20 });
  });

  it("counts from zero too what has overtaken its old value, when another counter of the same process fell", () => {
    const memory = new CounterMemory(false);
    const page = (prompt: number, requests: number, other: number) => [
      counter("prompt", prompt, { process: "0" }),
      counter("requests", requests, { process: "0" }),
      counter("other", other, { process: "1" }),
    ];
    take(memory, page(1_000, 2, 500));
    expect(take(memory, page(30, 5, 510))).toEqual({ prompt: 30, requests: 5, other: 10 });
  });

  it("of an unknown metric a fall is its own affair", () => {
    const memory = new CounterMemory(false);
    take(memory, [counter("prompt", 1_000), counter("odd", 9, { trusted: false })]);
    expect(take(memory, [counter("prompt", 1_010), counter("odd", 3, { trusted: false })])).toEqual({ prompt: 10, odd: 3 });
  });

  it("knows a restart by the start time of the process", () => {
    const memory = new CounterMemory(false);
    take(memory, [counter("a", 10)], { startedAt: 1_763_500_000 });
    expect(take(memory, [counter("a", 15)], { startedAt: 1_763_500_000.4 })).toEqual({ a: 5 });
    expect(take(memory, [counter("a", 20)], { startedAt: 1_763_600_000 })).toEqual({ a: 20 });
  });

  it("counts a label value that comes later from zero, but not a metric that nobody has seen", () => {
    const memory = new CounterMemory(false);
    take(memory, [counter('done{r="stop"}', 100)]);
    expect(take(memory, [counter('done{r="stop"}', 100), counter('done{r="abort"}', 2), counter("new", 70)])).toEqual({
      'done{r="stop"}': 0,
      'done{r="abort"}': 2,
      new: null,
    });
  });

  it("does not take for new what a page that was cut off had not", () => {
    const memory = new CounterMemory(false);
    take(memory, [counter('done{r="stop"}', 100)], { complete: false });
    expect(take(memory, [counter('done{r="stop"}', 100), counter('done{r="abort"}', 5_000)])).toMatchObject({
      'done{r="abort"}': null,
    });
  });

  it("loses nothing in pages that were missed", () => {
    const memory = new CounterMemory(false);
    take(memory, [counter("a", 100)]);
    take(memory, []);
    expect(take(memory, [counter("a", 130)])).toEqual({ a: 30 });
  });

  it("adds up to what really happened, whenever it is read, if no restart is hidden between two pages", () => {
    // Each step: how much is counted, and whether the process is restarted after it.
    const step = fc.record({ added: fc.nat(1_000), restart: fc.boolean(), read: fc.boolean() });
    fc.assert(
      fc.property(fc.nat(10_000), fc.array(step), (begin, steps) => {
        const memory = new CounterMemory(false);
        let [value, happened, seen, startedAt] = [begin, 0, 0, 1];
        take(memory, [counter("a", value)], { startedAt });
        for (const { added, restart, read } of steps) {
          value += added;
          happened += added;
          // What a process counted after its last page dies with it: read before each restart.
          if (read || restart) seen += take(memory, [counter("a", value)], { startedAt })["a"]!;
          if (restart) [value, startedAt] = [0, startedAt + 100];
        }
        seen += take(memory, [counter("a", value)], { startedAt })["a"]!;
        expect(seen).toBe(happened);
      }),
    );
  });
});
