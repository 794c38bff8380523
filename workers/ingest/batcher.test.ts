import { describe, expect, it } from "vitest";
import { createBatcher } from "./batcher";

/** Flushes that the test settles by hand. */
function manualFlush() {
  const started: { items: number[]; commit: () => void; fail: (error: Error) => void }[] = [];
  const waiters: (() => void)[] = [];
  return {
    started,
    flush: (items: number[]) =>
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
  it("flushes at once when full, splits no added batch, and settles each with its own flush", async () => {
    const { started, flush, until } = manualFlush();
    const batcher = createBatcher<number>({ maxItems: 5, lingerMs: 60_000, slots: 2 }, flush);
    const done: string[] = [];
    const add = (name: string, items: number[]) =>
      batcher.add(items).then(
        () => done.push(name),
        () => done.push(`${name} failed`),
      );
    const a = add("a", [1, 2, 3]);
    const b = add("b", [4, 5]);
    const c = add("c", [6, 7, 8]);
    const d = add("d", [9, 10, 11]);
    await until(2);
    expect(started.map(({ items }) => items)).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 8],
    ]);
    started[1]!.fail(new Error("no"));
    await c;
    expect(done).toEqual(["c failed"]);
    started[0]!.commit();
    await Promise.all([a, b]);
    expect(done).toEqual(["c failed", "a", "b"]);
    // "d" alone is not full: it waits for company.
    expect(started).toHaveLength(2);
    const e = add("e", [12, 13]);
    await until(3);
    started[2]!.commit();
    await Promise.all([d, e]);
  });

  it("does not keep a small batch waiting, and flushes no more than its slots at a time", async () => {
    const { started, flush, until } = manualFlush();
    const batcher = createBatcher<number>({ maxItems: 2, lingerMs: 1, slots: 1 }, flush);
    const first = batcher.add([1]);
    await until(1);
    const rest = [batcher.add([2]), batcher.add([3]), batcher.add([4])];
    await Promise.resolve();
    expect(started).toHaveLength(1);
    started[0]!.commit();
    await until(2);
    expect(started[1]!.items).toEqual([2, 3]);
    started[1]!.commit();
    await until(3);
    started[2]!.commit();
    await Promise.all([first, ...rest]);
  });

  it("takes a batch that is larger than a flush whole", async () => {
    const { started, flush, until } = manualFlush();
    const batcher = createBatcher<number>({ maxItems: 2, lingerMs: 60_000, slots: 1 }, flush);
    const large = batcher.add([1, 2, 3, 4, 5]);
    await until(1);
    expect(started[0]!.items).toHaveLength(5);
    started[0]!.commit();
    await large;
  });
});
