/**
 * So many pieces of work at a time, in their order; the first that fails ends the others, and nothing is still under way when
 * this settles. Aborting `signal` does the same.
 */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  signal: AbortSignal,
  work: (item: T, until: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const until = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) {
      until.throwIfAborted();
      await work(items[at]!, until);
    }
  };
  const running = Array.from({ length: Math.min(lanes, items.length) }, lane);
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}
