/** What an engine itself says that it runs, against what it was ordered. What it does not say is not held against it. */
import { parsePrometheus } from "../../collectors/parse-prometheus";
import type { EngineKind, EngineSettings } from "./config";

export interface EngineReading {
  version: string | null;
  /** Every name and path by which it calls its models. */
  models: string[];
  /** First served name, as requests call it. */
  servedModel: string | null;
  settings: Partial<
    Pick<EngineSettings, "quantization" | "kvCacheDtype" | "maxNumSeqs" | "gpuMemoryUtilization" | "enablePrefixCaching">
  >;
}

type Ask = (path: string) => Promise<string>;

/** Throws when the engine does not answer or lists no model. */
export async function readEngine(kind: EngineKind, ask: Ask): Promise<EngineReading> {
  const models = parseModels(await ask("/v1/models"));
  if (models.length === 0) throw new Error("It answers, but /v1/models lists no model.");
  const optional = (path: string) => ask(path).catch(() => null);
  const reading = {
    models: models.flatMap((model) => [model.id, ...model.aliases]),
    servedModel: models[0]!.id,
  };
  switch (kind) {
    case "vllm": {
      const [version, metrics] = await Promise.all([optional("/version"), optional("/metrics")]);
      return { ...reading, version: text(json(version), "version"), settings: settingsOfCacheConfig(metrics ?? "") };
    }
    case "sglang": {
      const info = json((await optional("/get_server_info")) ?? (await optional("/server_info")));
      const aliases = [text(info, "model_path"), text(info, "served_model_name")].filter((name) => name !== null);
      return {
        ...reading,
        models: [...reading.models, ...aliases],
        version: text(info, "version"),
        settings: settingsOfServerInfo(info),
      };
    }
    case "llama.cpp": {
      const props = json(await optional("/props"));
      const slots = Number(props["total_slots"]);
      const settings = Number.isInteger(slots) && slots > 0 ? { maxNumSeqs: slots } : {};
      const path = text(props, "model_path");
      return { ...reading, models: [...reading.models, ...(path ? [path] : [])], version: text(props, "build_info"), settings };
    }
  }
}

interface Ordered {
  settings: EngineSettings;
  servedAs: string | undefined;
}

/** One sentence for each thing that runs otherwise than ordered. */
export function disagreements({ settings: ordered, servedAs }: Ordered, reading: EngineReading): string[] {
  const found: string[] = [];
  if (servedAs !== undefined && !reading.models.includes(servedAs)) {
    found.push(`It serves ${reading.models.slice(0, 5).join(", ")}, not ${servedAs}.`);
  }
  for (const [key, read] of Object.entries(differing(ordered, reading))) {
    found.push(`${key} was ordered ${String(ordered[key as keyof EngineSettings])} and reads back as ${String(read)}.`);
  }
  return found;
}

/** The settings that were ordered and read back as something else, as they read back. */
export function differing(ordered: EngineSettings, { settings }: EngineReading): Partial<EngineSettings> {
  return Object.fromEntries(
    Object.entries(settings).filter(([key, read]) => {
      const wanted = ordered[key as keyof EngineReading["settings"]];
      // "none" and "auto" leave it to the engine, which then says what it chose.
      if (wanted === undefined || wanted === "auto" || wanted === "none" || read === undefined) return false;
      return typeof wanted === "number" ? Math.abs(wanted - Number(read)) > 1e-6 : family(wanted) !== family(read);
    }),
  );
}

/** vLLM says fp8 for fp8_e4m3, its default. */
const family = (value: unknown) => (value === "fp8" ? "fp8_e4m3" : value);

function settingsOfCacheConfig(metrics: string): EngineReading["settings"] {
  const labels = parsePrometheus(metrics).series.find(({ name }) => name.endsWith("vllm:cache_config_info"))?.labels ?? {};
  return {
    ...kvCacheDtype(labels["cache_dtype"]),
    ...fraction(labels["gpu_memory_utilization"]),
    ...boolean(labels["enable_prefix_caching"]),
  };
}

function settingsOfServerInfo(info: Record<string, unknown>): EngineReading["settings"] {
  const running = Number(info["max_running_requests"]);
  const radix = info["disable_radix_cache"];
  return {
    ...kvCacheDtype(text(info, "kv_cache_dtype")),
    ...fraction(info["mem_fraction_static"]),
    ...(Number.isInteger(running) && running > 0 ? { maxNumSeqs: running } : {}),
    ...(typeof radix === "boolean" ? { enablePrefixCaching: !radix } : {}),
  };
}

const DTYPES: readonly string[] = ["fp8", "fp8_e4m3", "fp8_e5m2"] satisfies EngineSettings["kvCacheDtype"][];

/** What an engine calls otherwise (bfloat16, auto) is "auto" here: not one of the eight-bit caches. */
function kvCacheDtype(said: string | null | undefined): EngineReading["settings"] {
  if (!said) return {};
  return { kvCacheDtype: DTYPES.includes(said) ? (said as EngineSettings["kvCacheDtype"]) : "auto" };
}

function fraction(said: unknown): EngineReading["settings"] {
  const value = Number(said ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? { gpuMemoryUtilization: value } : {};
}

function boolean(said: string | undefined): EngineReading["settings"] {
  return said === "True" || said === "False" ? { enablePrefixCaching: said === "True" } : {};
}

function parseModels(body: string): { id: string; aliases: string[] }[] {
  const list = json(body)["data"];
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const record = asRecord(entry);
    const id = text(record, "id");
    const root = text(record, "root");
    return id === null ? [] : [{ id, aliases: root === null ? [] : [root] }];
  });
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const text = (record: Record<string, unknown>, key: string): string | null =>
  typeof record[key] === "string" && record[key] !== "" ? record[key] : null;

function json(body: string | null): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(body ?? ""));
  } catch {
    return {};
  }
}
