/**
 * Gathers what arrives while a batch is being decided into the next one: alone it is decided at once, in a storm a
 * commit serves hundreds (more, the slower the disk). One batch at a time, so words of one target keep their order.
 */
import { asAppError } from "@/lib/http";
import type { ArrivedWord, SyncOutcome, WokenPoll } from "@/lib/fleet/sync-targets";

const MOST_IN_A_BATCH = 1_000;

export interface SyncBatches {
  decide(item: ArrivedWord | WokenPoll): Promise<SyncOutcome>;
  waiting(): number;
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>;
}

interface Waiting {
  item: ArrivedWord | WokenPoll;
  resolve: (outcome: SyncOutcome) => void;
  reject: (error: unknown) => void;
}

export function createSyncBatches(
  run: (items: readonly (ArrivedWord | WokenPoll)[]) => Promise<SyncOutcome[]>,
  onBatch: (size: number, tookMs: number) => void,
): SyncBatches {
  const queue: Waiting[] = [];
  let working: Promise<void> | undefined;

  const runOne = async (batch: readonly Waiting[]): Promise<void> => {
    const began = performance.now();
    try {
      const outcomes = await run(batch.map((one) => one.item));
      batch.forEach((one, index) => one.resolve(outcomes[index]!));
      onBatch(batch.length, performance.now() - began);
    } catch (error) {
      // The database is away for all of them. Anything else is the fault of one: the others must not suffer from it.
      if (batch.length === 1 || asAppError(error)) for (const one of batch) one.reject(error);
      else for (const one of batch) await runOne([one]);
    }
  };

  const work = async (): Promise<void> => {
    // What arrived in the same turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await runOne(queue.splice(0, MOST_IN_A_BATCH));
    working = undefined;
  };

  return {
    decide: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        working ??= work();
      }),
    waiting: () => queue.length,
    idle: () => working ?? Promise.resolve(),
  };
}
