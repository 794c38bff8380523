import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newSequence, Scheduler, type Limits } from "./scheduler";

const LIMITS: Limits = { kvTokens: 1_000, maxNumSeqs: 4, maxNumBatchedTokens: 200, tokensPerStep: 1 };

/** Steps until nothing is left; what each did. */
function runAll(scheduler: Scheduler, onStep: (computed: number) => void = () => undefined): Map<number, number> {
  const produced = new Map<number, number>();
  for (let now = 0; ; now += 1) {
    const step = scheduler.plan(now);
    if (!step) return produced;
    onStep(step.prefillTokens + step.decoding.length);
    for (const { sequence, tokens } of scheduler.finish(step, now))
      produced.set(sequence.id, (produced.get(sequence.id) ?? 0) + tokens);
    if (now > 100_000) throw new Error("It never ends.");
  }
}

describe("the scheduler", () => {
  it("a prompt of 450 tokens takes three steps of at most 200, the third gives the first token", () => {
    const scheduler = new Scheduler(LIMITS);
    const one = newSequence(1, 450, 0, 3, 0);
    scheduler.add(one);
    const tokens = [0, 1, 2, 3, 4].map((now) => {
      const step = scheduler.plan(now)!;
      return [step.prefillTokens, scheduler.finish(step, now + 1).length];
    });
    expect(tokens).toEqual([
      [200, 0],
      [200, 0],
      [50, 1],
      [0, 1],
      [0, 1],
    ]);
    expect([one.firstTokenMs, scheduler.plan(5), scheduler.held]).toEqual([3, null, 0]);
  });

  it("what the prefix cache has is not computed", () => {
    const scheduler = new Scheduler(LIMITS);
    scheduler.add(newSequence(1, 450, 400, 1, 0));
    expect(scheduler.plan(0)!.prefillTokens).toBe(50);
  });

  it("who does not fit waits; when decoding fills the cache the youngest is driven out, and finishes later", () => {
    const scheduler = new Scheduler({ ...LIMITS, kvTokens: 500 });
    for (const id of [1, 2, 3]) scheduler.add(newSequence(id, 200, 0, 100, 0));
    scheduler.finish(scheduler.plan(0)!, 1);
    scheduler.finish(scheduler.plan(1)!, 2);
    expect([scheduler.running.length, scheduler.waiting.length]).toEqual([2, 1]);
    expect(runAll(scheduler).get(3)).toBe(100);
    // 2 · (200 + 99) tokens do not fit into 500
    expect(scheduler.preemptions).toBeGreaterThan(0);
  });

  it("a client that leaves gives its memory back at once", () => {
    const scheduler = new Scheduler(LIMITS);
    const [first, second] = [newSequence(1, 150, 0, 50, 0), newSequence(2, 100, 0, 5, 0)];
    scheduler.add(first);
    scheduler.add(second);
    const step = scheduler.plan(0)!;
    scheduler.remove(first);
    expect(scheduler.finish(step, 1).map(({ sequence }) => sequence.id)).toEqual([]);
    expect(runAll(scheduler)).toEqual(new Map([[2, 5]]));
    expect(scheduler.held).toBe(0);
  });

  it("property: never more memory, places or work than there is; everybody gets every token; nothing stays behind", () => {
    const job = fc.record({
      prompt: fc.integer({ min: 1, max: 500 }),
      cached: fc.integer({ min: 0, max: 400 }),
      output: fc.integer({ min: 1, max: 120 }),
    });
    fc.assert(
      fc.property(
        fc.array(job, { minLength: 1, maxLength: 25 }),
        fc.record({
          kvTokens: fc.integer({ min: 640, max: 2_000 }),
          maxNumSeqs: fc.integer({ min: 1, max: 12 }),
          maxNumBatchedTokens: fc.integer({ min: 64, max: 800 }),
          tokensPerStep: fc.constantFrom(1, 1.65, 2.35),
        }),
        (jobs, limits) => {
          const scheduler = new Scheduler(limits);
          jobs.forEach(({ prompt, cached, output }, id) =>
            scheduler.add(newSequence(id, prompt, Math.min(cached, prompt), output, 0)),
          );
          const produced = runAll(scheduler, (computed) => {
            expect(scheduler.held).toBeLessThanOrEqual(limits.kvTokens);
            expect(scheduler.held).toBe(scheduler.running.reduce((sum, one) => sum + one.computed, 0));
            expect(scheduler.running.length).toBeLessThanOrEqual(limits.maxNumSeqs);
            expect(computed).toBeLessThanOrEqual(limits.maxNumBatchedTokens);
          });
          expect([...produced].sort(([a], [b]) => a - b)).toEqual(jobs.map(({ output }, id) => [id, output]));
          expect([scheduler.held, scheduler.running.length, scheduler.waiting.length]).toEqual([0, 0, 0]);
        },
      ),
    );
  });
});
