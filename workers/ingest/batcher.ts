/**
 * Gathers small pieces of work into large ones: each `add` resolves when the flush that held its item has committed, and
 * rejects when that flush failed. So several queue jobs share one transaction, and each is acknowledged after the commit.
 *
 *   waiting ── weight enough, or the oldest waited `lingerMs`; and a slot is free ──► flushing (at most `slots`) ──► settled
 *
 * Under load nobody lingers: while all slots flush, the next large batch fills up.
 */
export interface BatcherSettings {
  /** Flush no more weight than this at once; an item that is heavier by itself goes alone. */
  maxWeight: number;
  /** How long the first of a small batch waits for company. */
  lingerMs: number;
  /** Flushes at the same time. */
  slots: number;
}

interface Waiting<T> {
  item: T;
  weight: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export function createBatcher<T>(settings: BatcherSettings, flush: (items: T[]) => Promise<void>) {
  const waiting: Waiting<T>[] = [];
  let waitingWeight = 0;
  let flushing = 0;
  let ripe = false;
  let timer: NodeJS.Timeout | undefined;

  const ripen = () => {
    timer = undefined;
    ripe = true;
    pump();
  };

  const pump = (): void => {
    while (flushing < settings.slots && waiting.length > 0 && (ripe || waitingWeight >= settings.maxWeight)) {
      const taken: Waiting<T>[] = [];
      let weight = 0;
      while (waiting.length > 0 && (taken.length === 0 || weight + waiting[0]!.weight <= settings.maxWeight)) {
        const next = waiting.shift()!;
        weight += next.weight;
        taken.push(next);
      }
      waitingWeight -= weight;
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
      await flush(taken.map(({ item }) => item));
      for (const { resolve } of taken) resolve();
    } catch (error) {
      for (const { reject } of taken) reject(error);
    } finally {
      flushing -= 1;
      pump();
    }
  };

  return {
    add(item: T, weight: number): Promise<void> {
      return new Promise((resolve, reject) => {
        waiting.push({ item, weight, resolve, reject });
        waitingWeight += weight;
        if (!ripe) timer ??= setTimeout(ripen, settings.lingerMs);
        pump();
      });
    },
  };
}
