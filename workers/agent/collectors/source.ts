/** One thing that is scraped, with what it remembers between its pages. */
import { CounterMemory } from "./counter-memory";
import type { UnknownReading } from "./extra";
import type { EngineKind } from "./name-registry";
import { readNvidiaSmi, runNvidiaSmi } from "./nvidia-smi";
import { parsePrometheus, type Labels, type Page } from "./parse-prometheus";
import { readEngine, type EngineReading } from "./read-engine";
import { readGpus, type GpuReading } from "./read-gpus";
import { scrapePage } from "./scrape";

type Only = Readonly<Record<string, string | readonly string[]>>;

export type Source =
  | {
      kind: EngineKind | "dcgm" | "prometheus";
      /** A function where the engine moves between processes; null: no engine runs now. */
      url: string | (() => string | null);
      bearerToken?: string | undefined;
      only?: Only | undefined;
    }
  | { kind: "nvidia-smi"; path: string; only?: Only | undefined };

export interface SourceReading {
  engine: EngineReading | null;
  gpus: GpuReading[];
  unknown: UnknownReading[];
}

export interface SourceReader {
  readonly source: Source;
  /** null when there is nothing to read now. Throws when it could not be read. */
  read(signal: AbortSignal): Promise<SourceReading | null>;
}

/** An engine that moves leaves the memory of where it was for when it goes back: the old process is kept warm there. */
const ADDRESSES_MAX = 4;

export function openSource(source: Source, deps: { node: string; fetch: typeof fetch }): SourceReader {
  if (source.kind === "nvidia-smi") {
    return {
      source,
      read: async (signal) => {
        const gpus = readNvidiaSmi(await runNvidiaSmi(source.path, signal)).filter(({ gpu, uuid, type }) =>
          takes(source.only, { gpu, UUID: uuid ?? "", uuid: uuid ?? "", modelName: type ?? "" }),
        );
        if (gpus.length === 0) throw new Error("it named no GPU");
        return { engine: null, gpus, unknown: [] };
      },
    };
  }
  const memories = new Map<string, CounterMemory>();
  return {
    source,
    read: async (signal) => {
      const url = typeof source.url === "string" ? source.url : source.url();
      if (url === null) return null;
      const text = await scrapePage({ url, bearerToken: source.bearerToken }, { fetch: deps.fetch, signal });
      // Too late is not read: what it counted must be in the next reading.
      signal.throwIfAborted();
      const page = onlyOf(source.only, parsePrometheus(text));
      if (page.series.length === 0) throw new Error("its page has no metrics");
      // The first address is what ran before the agent came. Each further one is a process that began since.
      const memory = memories.get(url) ?? new CounterMemory(memories.size > 0);
      memories.delete(url);
      memories.set(url, memory);
      for (const oldest of [...memories.keys()].slice(0, -ADDRESSES_MAX)) memories.delete(oldest);
      if (source.kind === "dcgm") return { engine: null, ...readGpus(page, deps.node, memory) };
      return { engine: readEngine(page, source.kind, memory), gpus: [], unknown: [] };
    },
  };
}

const onlyOf = (only: Only | undefined, page: Page): Page =>
  only ? { ...page, series: page.series.filter(({ labels }) => takes(only, labels)) } : page;

function takes(only: Only | undefined, labels: Labels): boolean {
  return Object.entries(only ?? {}).every(([label, wanted]) => [wanted].flat().includes(labels[label] ?? ""));
}
