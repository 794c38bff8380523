import { describe, expect, it } from "vitest";
import { createBatcher } from "./batcher";

/** Flushes that the test settles by hand. */
function manualFlush() {
  const started: { items: string[]; commit: () => void; fail: (error: Error) => void }[] = [];
  const waiters: (() => void)[] = [];
  return {
    started,
    flush: (items: string[]) =>
      new Promise<void>((commit, fail) => {
        started.push({ items, commit, fail });
        for (const wake of waiters.splice(0)) wake();
      }),
    async until(count: number) {
      while (started.length < count) await new Promise<void>((wake) => waiters.push(wake));
    },
  };
}

describe("batcher", () => {
  it("flushes at once when full, and settles each item with its own flush", async () => {
    const { started, flush, until } = manualFlush();
    const batcher = createBatcher<string>({ maxWeight: 5, lingerMs: 60_000, slots: 2 }, flush);
    const done: string[] = [];
    const add = (name: string, weight: number) =>
      batcher.add(name, weight).then(
        () => done.push(name),
        () => done.push(`${name} failed`),
      );
    const a = add("a", 3);
    const b = add("b", 2);
    const c = add("c", 3);
    const d = add("d", 3);
    await until(2);
    expect(started.map(({ items }) => items)).toEqual([["a", "b"], ["c"]]);
    started[1]!.fail(new Error("no"));
    await c;
    expect(done).toEqual(["c failed"]);
    started[0]!.commit();
    await Promise.all([a, b]);
    expect(done).toEqual(["c failed", "a", "b"]);
    // "d" alone is not full: it waits for company.
    expect(started).toHaveLength(2);
    const e = add("e", 2);
    await until(3);
    started[2]!.commit();
    await Promise.all([d, e]);
  });

  it("does not keep a small batch waiting, and flushes no more than its slots at a time", async () => {
    const { started, flush, until } = manualFlush();
    const batcher = createBatcher<string>({ maxWeight: 2, lingerMs: 1, slots: 1 }, flush);
    const first = batcher.add("1", 1);
    await until(1);
    const rest = ["2", "3", "4"].map((item) => batcher.add(item, 1));
    await Promise.resolve();
    expect(started).toHaveLength(1);
    started[0]!.commit();
    await until(2);
    expect(started[1]!.items).toEqual(["2", "3"]);
    started[1]!.commit();
    await until(3);
    started[2]!.commit();
    await Promise.all([first, ...rest]);
  });

  it("takes an item that is heavier than a flush by itself", async () => {
    const { started, flush, until } = manualFlush();
    const batcher = createBatcher<string>({ maxWeight: 2, lingerMs: 60_000, slots: 1 }, flush);
    const heavy = batcher.add("heavy", 5);
    const light = batcher.add("light", 2);
    await until(1);
    expect(started[0]!.items).toEqual(["heavy"]);
    started[0]!.commit();
    await until(2);
    started[1]!.commit();
    await Promise.all([heavy, light]);
  });
});
