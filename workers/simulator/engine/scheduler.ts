/**
 * Continuous batching with chunked prefill, as vLLM's scheduler does it. Pure but for its own state; time goes in and out
 * as values.
 *
 *   waiting ─admitted (a place, KV blocks)→ prefilling ─prompt done→ decoding ─last token→ finished
 *      ↑                                        │                        │
 *      └──────────── preempted: KV cache full, computed again later ─────┘
 *
 * Invariants: the sequences never hold more tokens than the KV cache has; at most `maxNumSeqs` run; one step computes at
 * most `maxNumBatchedTokens`; a sequence that fits alone always finishes.
 */
export interface Limits {
  kvTokens: number;
  maxNumSeqs: number;
  maxNumBatchedTokens: number;
  /** Answer tokens that a decoding sequence gets from one step, at least 1. */
  tokensPerStep: number;
}

export interface Sequence {
  id: number;
  promptTokens: number;
  /** Of the prompt, found in the prefix cache. */
  cachedTokens: number;
  outputTokens: number;
  arrivedMs: number;
  /** Set by the scheduler. */
  computed: number;
  produced: number;
  /** Fractions of tokens of speculation, carried from step to step. */
  owed: number;
  admittedMs: number | null;
  firstTokenMs: number | null;
  preemptions: number;
}

export interface Step {
  decoding: Sequence[];
  prefilling: { sequence: Sequence; tokens: number }[];
  prefillTokens: number;
  contextTokens: number;
}

/** What a finished step brought. */
export interface Progress {
  sequence: Sequence;
  tokens: number;
  first: boolean;
  finished: boolean;
}

export const newSequence = (
  id: number,
  promptTokens: number,
  cachedTokens: number,
  outputTokens: number,
  arrivedMs: number,
): Sequence => ({
  id,
  promptTokens,
  cachedTokens,
  outputTokens,
  arrivedMs,
  computed: 0,
  produced: 0,
  owed: 0,
  admittedMs: null,
  firstTokenMs: null,
  preemptions: 0,
});

export class Scheduler {
  readonly waiting: Sequence[] = [];
  readonly running: Sequence[] = [];
  /** Tokens held in the KV cache. */
  held = 0;
  preemptions = 0;

  constructor(private readonly limits: Limits) {}

  add(sequence: Sequence): void {
    this.waiting.push(sequence);
  }

  /** A client left, or its request failed. */
  remove(sequence: Sequence): void {
    const running = this.running.indexOf(sequence);
    if (running >= 0) {
      this.running.splice(running, 1);
      this.held -= sequence.computed;
    }
    const waiting = this.waiting.indexOf(sequence);
    if (waiting >= 0) this.waiting.splice(waiting, 1);
  }

  /** What the next step computes; null: nothing to do. Memory for it is taken now. */
  plan(nowMs: number): Step | null {
    const step: Step = { decoding: [], prefilling: [], prefillTokens: 0, contextTokens: 0 };
    let budget = this.limits.maxNumBatchedTokens;
    const preemptedBefore = this.preemptions;
    for (let index = 0; index < this.running.length && budget > 0; index += 1) {
      const sequence = this.running[index]!;
      const missing = toCompute(sequence) - sequence.computed;
      const tokens = missing > 0 ? Math.min(missing, budget) : this.nextTokens(sequence);
      if (!this.makeRoom(tokens, index)) break;
      budget -= this.take(step, sequence, tokens, missing > 0);
    }
    // After a preemption nobody comes in, or two would take turns in driving each other out.
    if (this.preemptions === preemptedBefore) this.admit(step, budget, nowMs);
    if (step.decoding.length + step.prefilling.length === 0) return null;
    return step;
  }

  /** The step is over: who got tokens, and who is done. */
  finish(step: Step, nowMs: number): Progress[] {
    const progress: Progress[] = [];
    const advance = (sequence: Sequence, tokens: number) => {
      // It left during the step.
      if (!this.running.includes(sequence)) return;
      const first = sequence.firstTokenMs === null;
      if (first) sequence.firstTokenMs = nowMs;
      sequence.produced += tokens;
      const finished = sequence.produced >= sequence.outputTokens;
      if (finished) this.remove(sequence);
      progress.push({ sequence, tokens, first, finished });
    };
    for (const sequence of step.decoding) advance(sequence, this.settle(sequence));
    for (const { sequence } of step.prefilling) {
      if (sequence.computed >= toCompute(sequence)) advance(sequence, 1);
    }
    return progress;
  }

  private admit(step: Step, budget: number, nowMs: number): void {
    let left = budget;
    while (left > 0 && this.waiting.length > 0 && this.running.length < this.limits.maxNumSeqs) {
      const sequence = this.waiting[0]!;
      const start = sequence.preemptions > 0 ? 0 : Math.min(sequence.cachedTokens, toCompute(sequence) - 1);
      // Its whole prompt must fit, though it may be computed in pieces.
      if (this.held + toCompute(sequence) > this.limits.kvTokens) return;
      const tokens = Math.min(toCompute(sequence) - start, left);
      this.waiting.shift();
      this.running.push(sequence);
      sequence.admittedMs ??= nowMs;
      sequence.computed = start;
      this.held += start;
      left -= this.take(step, sequence, tokens, true);
    }
  }

  private take(step: Step, sequence: Sequence, tokens: number, prefill: boolean): number {
    sequence.computed += tokens;
    this.held += tokens;
    step.contextTokens += sequence.computed;
    if (prefill) {
      step.prefilling.push({ sequence, tokens });
      step.prefillTokens += tokens;
    } else {
      step.decoding.push(sequence);
    }
    return tokens;
  }

  /** Tokens that this step will add to a decoding sequence: whole ones, never beyond its end. */
  private nextTokens(sequence: Sequence): number {
    const whole = Math.floor(sequence.owed + this.limits.tokensPerStep);
    return Math.min(whole, sequence.outputTokens - sequence.produced);
  }

  private settle(sequence: Sequence): number {
    const tokens = this.nextTokens(sequence);
    sequence.owed = sequence.owed + this.limits.tokensPerStep - Math.floor(sequence.owed + this.limits.tokensPerStep);
    return tokens;
  }

  /** Drives out the youngest until `tokens` fit for the one at `index`; false: that one itself had to go. */
  private makeRoom(tokens: number, index: number): boolean {
    while (this.held + tokens > this.limits.kvTokens) {
      const youngest = this.running.pop()!;
      this.held -= youngest.computed;
      youngest.computed = 0;
      youngest.preemptions += 1;
      this.preemptions += 1;
      this.waiting.unshift(youngest);
      if (this.running.length <= index) return false;
    }
    return true;
  }
}

/** Prompt, and after a preemption also the answer so far: computed before the next token can come. */
function toCompute(sequence: Sequence): number {
  return sequence.promptTokens + Math.max(0, sequence.produced - 1);
}
