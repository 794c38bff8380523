/**
 * Every interval: all sources at once → one sample of the node.
 *
 *   first pass: baselines only ─► every interval: sources answer │ fail │ run into the timeout ─► sample, or none
 *
 * A pass in which no source answered makes no sample: a gap is a gap, not an idle node. What counters added meanwhile is
 * in the first sample after it. A source that fails costs only its own readings.
 */
import type { ClientLog, Clock } from "@/lib/protocol/client";
import type { Sample } from "@/lib/telemetry/samples";
import { makeSample, type NodeFacts } from "./make-sample";
import type { GpuReading } from "./read-gpus";
import { openSource, type Source, type SourceReader, type SourceReading } from "./source";

export interface CollectorOptions extends NodeFacts {
  sources: readonly Source[];
  intervalSec: number;
  deliver: (sample: Sample) => void;
  clock: Clock;
  fetch: typeof fetch;
  log: ClientLog;
}

export interface SourceState {
  kind: Source["kind"];
  /** Why the last pass has nothing of it. */
  error: string | null;
}

export interface LastReading {
  at: string;
  sample: Sample | null;
  /** What the engine said about its own setup (vLLM's cache_config_info), all labels. */
  setup: Record<string, string>;
  sources: SourceState[];
}

export interface Collectors {
  /** Stops; a pass under way is given up. */
  close(): Promise<void>;
  lastReading(): LastReading | null;
}

const SCRAPE_TIMEOUT_MAX_MS = 10_000;
/** An agent that stood still for longer knows nothing of the time between. */
const GAP_INTERVALS = 10;

export function startCollectors(options: CollectorOptions): Collectors {
  const { clock, log, intervalSec, deliver } = options;
  const timeoutMs = Math.min(SCRAPE_TIMEOUT_MAX_MS, intervalSec * 800);
  const closing = new AbortController();
  const readers = options.sources.map((source) => ({ reader: openSource(source, options), failing: false }));
  let known: NodeFacts["gpu"] = options.gpu;
  let last: LastReading | null = null;
  let previousMs: number | null = null;

  const pass = async (): Promise<void> => {
    const at = new Date(clock.wallMs());
    const startedMs = clock.steadyMs();
    const answers = await Promise.all(readers.map((one) => readWithin(one, timeoutMs)));
    if (closing.signal.aborted) return;
    const readings = answers.flatMap(({ reading }) => reading ?? []);
    const gpus = mergeGpus(readings);
    if (gpus.length > 0) known = { ...options.gpu, count: gpus.length, type: gpus[0]!.type ?? options.gpu?.type };
    const elapsedSec = previousMs === null ? null : (startedMs - previousMs) / 1_000;
    previousMs = startedMs;
    const engines = readings.flatMap(({ engine }) => engine ?? []);
    const sample =
      elapsedSec === null || readings.length === 0
        ? null
        : makeSample(
            { ...options, gpu: known },
            {
              at,
              // The agent itself stood still: what is certain is one interval.
              intervalSec: elapsedSec > 0 && elapsedSec <= GAP_INTERVALS * intervalSec ? elapsedSec : intervalSec,
              engines,
              gpus,
              unknown: readings.flatMap(({ unknown }) => unknown),
            },
          );
    last = {
      at: at.toISOString(),
      sample,
      setup: Object.assign({}, ...engines.map(({ setup }) => setup)) as Record<string, string>,
      sources: answers.map(({ error }, index) => ({ kind: readers[index]!.reader.source.kind, error })),
    };
    if (sample) deliver(sample);
  };

  const readWithin = async (one: { reader: SourceReader; failing: boolean }, ms: number) => {
    const facts = { source: one.reader.source.kind, node: options.node };
    const timeout = new AbortController();
    const settled = new AbortController();
    // Not left to the source: one that does not heed the signal must not hold up the others.
    const expired = clock.wait(ms, AbortSignal.any([settled.signal, closing.signal])).then((): never => {
      timeout.abort();
      throw new Error(`it did not answer within ${ms} ms`);
    });
    expired.catch(() => undefined);
    try {
      const reading = await Promise.race([one.reader.read(timeout.signal), expired]);
      if (one.failing) log("info", "a source of metrics is back", facts);
      one.failing = false;
      return { reading, error: null };
    } catch (error) {
      const reason = reasonOf(error);
      if (!one.failing && !closing.signal.aborted) log("warn", "a source of metrics cannot be read", { ...facts, reason });
      one.failing = true;
      return { reading: null, error: reason };
    } finally {
      settled.abort();
    }
  };

  const running = (async () => {
    let next = clock.steadyMs();
    while (!closing.signal.aborted) {
      await pass().catch((error: unknown) => {
        log("error", "metrics could not be read", { node: options.node, reason: reasonOf(error) });
      });
      // On the beat; beats that were missed are left out.
      next += intervalSec * 1_000;
      if (next <= clock.steadyMs()) next = clock.steadyMs() + intervalSec * 1_000;
      await clock.wait(next - clock.steadyMs(), closing.signal);
    }
  })();

  return {
    close: async () => {
      closing.abort();
      await running;
    },
    lastReading: () => last,
  };
}

/** dcgm-exporter and nvidia-smi may both speak of a GPU: the first source that has a value has it right. */
function mergeGpus(readings: readonly SourceReading[]): GpuReading[] {
  const merged = new Map<string, GpuReading>();
  for (const gpu of readings.flatMap(({ gpus }) => gpus)) {
    const key = gpu.uuid ?? gpu.gpu;
    const before = merged.get(key);
    merged.set(
      key,
      before
        ? {
            ...before,
            type: before.type ?? gpu.type,
            values: { ...gpu.values, ...before.values },
            energyAddedMj: before.energyAddedMj ?? gpu.energyAddedMj,
          }
        : gpu,
    );
  }
  return [...merged.values()];
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says only "fetch failed"; why is in its cause.
  const cause = error.cause instanceof Error ? ((error.cause as NodeJS.ErrnoException).code ?? error.cause.message) : null;
  return cause ?? error.message;
}
