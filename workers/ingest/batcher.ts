/**
 * Gathers small batches into large ones: each `add` resolves when the flush that held it has committed, and rejects
 * when that flush failed. So several queue jobs share one transaction, and each is acknowledged after the commit.
 *
 *   waiting ── enough items, or the oldest waited `lingerMs` and a slot is free ──► flushing (at most `slots`) ──► settled
 *
 * Under load nobody lingers: while all slots flush, the next large batch fills up.
 */
export interface BatcherSettings {
  /** Flush no more than about this many items at once (one added batch is never split). */
  maxItems: number;
  /** How long the first of a small batch waits for company. */
  lingerMs: number;
  /** Flushes at the same time. */
  slots: number;
}

interface Waiting<T> {
  items: readonly T[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

export function createBatcher<T>(settings: BatcherSettings, flush: (items: T[]) => Promise<void>) {
  let waiting: Waiting<T>[] = [];
  let waitingItems = 0;
  let flushing = 0;
  let ripe = false;
  let timer: NodeJS.Timeout | undefined;

  const ripen = () => {
    timer = undefined;
    ripe = true;
    pump();
  };

  const pump = (): void => {
    while (flushing < settings.slots && waiting.length > 0 && (ripe || waitingItems >= settings.maxItems)) {
      const taken: Waiting<T>[] = [];
      let count = 0;
      while (waiting.length > 0 && (count === 0 || count + waiting[0]!.items.length <= settings.maxItems)) {
        const next = waiting.shift()!;
        count += next.items.length;
        taken.push(next);
      }
      waitingItems -= count;
      if (waiting.length === 0) {
        ripe = false;
        clearTimeout(timer);
        timer = undefined;
      }
      flushing += 1;
      void settle(taken);
    }
  };

  const settle = async (taken: Waiting<T>[]): Promise<void> => {
    try {
      await flush(taken.flatMap((batch) => batch.items));
      for (const batch of taken) batch.resolve();
    } catch (error) {
      for (const batch of taken) batch.reject(error);
    } finally {
      flushing -= 1;
      pump();
    }
  };

  return {
    add(items: readonly T[]): Promise<void> {
      return new Promise((resolve, reject) => {
        waiting.push({ items, resolve, reject });
        waitingItems += items.length;
        if (!ripe) timer ??= setTimeout(ripen, settings.lingerMs);
        pump();
      });
    },
  };
}
