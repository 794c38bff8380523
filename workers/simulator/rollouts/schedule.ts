/** Simulated time: what is to happen when. Things of one moment happen in the order in which they were asked for. */
export interface Schedule {
  now(): number;
  /** After `ms`. */
  after(ms: number, what: () => void): void;
  /** Runs everything until `untilMs`. */
  run(untilMs: number): void;
}

export function newSchedule(): Schedule {
  const heap: { at: number; order: number; what: () => void }[] = [];
  let now = 0;
  let order = 0;
  const before = (a: number, b: number) =>
    heap[a]!.at < heap[b]!.at || (heap[a]!.at === heap[b]!.at && heap[a]!.order < heap[b]!.order);
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const sink = (index: number): void => {
    for (let at = index; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && before(child, least)) least = child;
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  };
  return {
    now: () => now,
    after: (ms, what) => {
      heap.push({ at: now + Math.max(0, ms), order: order++, what });
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    run: (untilMs) => {
      while (heap.length > 0 && heap[0]!.at <= untilMs) {
        const first = heap[0]!;
        const last = heap.pop()!;
        if (heap.length > 0) {
          heap[0] = last;
          sink(0);
        }
        now = first.at;
        first.what();
      }
      now = untilMs;
    },
  };
}
