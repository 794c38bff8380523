/**
 * The engine at work: requests in, tokens out, one step after the other on a real timer.
 *
 *   loading ─cold start over→ ready ─first request→ stepping ⇄ idle
 *
 * `speed` is how many simulated seconds pass in a real one (1 in the demo; tests hurry). All times that the engine
 * reports are simulated seconds divided by it, so what is measured from outside is what is reported inside.
 */
import { BusyWindow } from "./busy-window";
import type { Fault } from "./fault";
import type { EngineSettings } from "./flags";
import type { GpuFacts, ModelFacts } from "./hardware";
import { coldStartSeconds, oomChance, stepSeconds, tokensPerStep, type MemoryPlan } from "./model";
import { Histogram } from "./prometheus";
import { PrefixCache } from "./prefix-cache";
import { newSequence, Scheduler, type Progress, type Sequence, type Step } from "./scheduler";

export interface EngineParts {
  settings: EngineSettings;
  model: ModelFacts;
  gpu: GpuFacts;
  memory: MemoryPlan;
  fault: Fault;
  speed: number;
  /** Real seconds per simulated second of loading. */
  coldStartScale: number;
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
}

export interface Request {
  prompt: string;
  promptTokens: number;
  outputTokens: number;
  onTokens: (from: number, count: number) => void;
  onEnd: (end: "finished" | "oom") => void;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160];
const TOKEN_COUNTS = [1, 10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

export class Engine {
  readonly startedMs: number;
  readonly busy: BusyWindow;
  readonly scheduler: Scheduler;
  ready = false;
  /** Requests for an answer so far. */
  asked = 0;
  counts = { prompt: 0, cached: 0, generated: 0, queries: 0, stop: 0, length: 0, abort: 0, error: 0 };
  readonly histograms = {
    firstToken: new Histogram(SECONDS),
    interToken: new Histogram([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1]),
    whole: new Histogram(SECONDS),
    queue: new Histogram(SECONDS),
    prefill: new Histogram(SECONDS),
    decode: new Histogram(SECONDS),
    promptTokens: new Histogram(TOKEN_COUNTS),
    outputTokens: new Histogram(TOKEN_COUNTS),
  };
  private readonly prefixes: PrefixCache;
  private readonly requests = new Map<number, { sequence: Sequence; request: Request }>();
  private made = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(readonly parts: EngineParts) {
    const { settings, memory, model, coldStartScale, speed } = parts;
    this.startedMs = parts.now();
    this.busy = new BusyWindow(this.startedMs);
    this.prefixes = new PrefixCache(memory.kvBlocks);
    this.scheduler = new Scheduler({
      kvTokens: memory.kvTokens,
      maxNumSeqs: settings.maxNumSeqs,
      maxNumBatchedTokens: settings.maxNumBatchedTokens,
      tokensPerStep: tokensPerStep(settings),
    });
    const loading = setTimeout(() => (this.ready = true), (coldStartSeconds(model, settings) * coldStartScale * 1_000) / speed);
    loading.unref();
  }

  get kvUsage(): number {
    return this.scheduler.held / this.parts.memory.kvTokens;
  }

  /** Takes a request; the answer to `cancel` it with. */
  submit(request: Request): { cachedTokens: number; cancel: () => void } {
    const { settings, memory, random } = this.parts;
    const cachedTokens = settings.enablePrefixCaching ? this.prefixes.take(request.prompt, request.promptTokens) : 0;
    this.counts.queries += request.promptTokens;
    const sequence = newSequence(++this.made, request.promptTokens, cachedTokens, request.outputTokens, this.parts.now());
    const entry = { sequence, request };
    this.requests.set(sequence.id, entry);
    this.scheduler.add(sequence);
    if (random() < oomChance(request.promptTokens - cachedTokens, memory)) this.failPrefill(sequence);
    this.pump();
    return {
      cachedTokens,
      cancel: () => {
        if (!this.requests.delete(sequence.id)) return;
        this.counts.abort += 1;
        this.scheduler.remove(sequence);
      },
    };
  }

  /** The memory for its activations is not there when its turn comes; half its prefill long it takes to find out. */
  private failPrefill(sequence: Sequence): void {
    const { model, gpu, settings, speed } = this.parts;
    const load = { decoding: 0, prefillTokens: sequence.promptTokens / 2, contextTokens: 0 };
    setTimeout(
      () => {
        const entry = this.requests.get(sequence.id);
        if (!entry) return;
        this.requests.delete(sequence.id);
        this.scheduler.remove(sequence);
        this.counts.error += 1;
        entry.request.onEnd("oom");
      },
      (stepSeconds(model, gpu, settings, load) * 1_000) / speed,
    );
  }

  private pump(): void {
    if (this.timer) return;
    const fromMs = this.parts.now();
    const step = this.scheduler.plan(fromMs);
    if (!step) return;
    const { model, gpu, settings, speed, fault } = this.parts;
    const load = { decoding: step.decoding.length, prefillTokens: step.prefillTokens, contextTokens: step.contextTokens };
    const ms = (stepSeconds(model, gpu, settings, load) * fault.slowFactor * 1_000) / speed;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.endStep(step, fromMs, ms);
      this.pump();
    }, ms);
  }

  private endStep(step: Step, fromMs: number, ms: number): void {
    const nowMs = this.parts.now();
    this.busy.add(fromMs, nowMs);
    for (const progress of this.scheduler.finish(step, nowMs)) this.report(progress, nowMs, ms);
  }

  private report({ sequence, tokens, first, finished }: Progress, nowMs: number, stepMs: number): void {
    const { counts, histograms } = this;
    counts.generated += tokens;
    if (first) {
      counts.prompt += sequence.promptTokens;
      counts.cached += sequence.cachedTokens;
      histograms.firstToken.observe((nowMs - sequence.arrivedMs) / 1_000);
      histograms.queue.observe((sequence.admittedMs! - sequence.arrivedMs) / 1_000);
      histograms.prefill.observe((nowMs - sequence.admittedMs!) / 1_000);
      histograms.promptTokens.observe(sequence.promptTokens);
    } else {
      histograms.interToken.observe(stepMs / tokens / 1_000, tokens);
    }
    if (finished) {
      counts.stop += 1;
      histograms.whole.observe((nowMs - sequence.arrivedMs) / 1_000);
      histograms.decode.observe((nowMs - sequence.firstTokenMs!) / 1_000);
      histograms.outputTokens.observe(sequence.produced);
    }
    const entry = this.requests.get(sequence.id);
    if (!entry) return;
    entry.request.onTokens(sequence.produced - tokens, tokens);
    if (finished) {
      this.requests.delete(sequence.id);
      entry.request.onEnd("finished");
    }
  }
}
