/**
 * dcgm-exporter's page → the node's GPUs. What a GPU that is cut up into instances (MIG) does is put together again,
 * because the whole GPU is what is paid for.
 */
import type { CounterMemory, CounterValue } from "./counter-memory";
import type { UnknownReading } from "./extra";
import { groupBy } from "./group-by";
import { DCGM, GPU_MEANINGS, type GpuMeaning } from "./name-registry";
import type { Page, Series } from "./parse-prometheus";

export interface GpuReading {
  /** Index on its node, as text; the UUID where there is none. */
  gpu: string;
  uuid: string | null;
  type: string | null;
  /** Instances of a GPU that is cut up, e.g. "3g.40gb". */
  instances: string[];
  values: Partial<Record<GpuMeaning, number>>;
  /** What it used since the previous page, by its own counter. */
  energyAddedMj: number | null;
}

export interface GpuPage {
  gpus: GpuReading[];
  unknown: UnknownReading[];
}

/** What DCGM writes for "no value", beside the largest numbers: 2^31 − 16 … and 2^47 …, blank, not found, not supported. */
const isBlank = (value: number) =>
  !Number.isFinite(value) ||
  Math.abs(value) >= 9.2e18 ||
  (value >= 2_147_483_632 && value <= 2_147_483_647) ||
  (value >= 140_737_488_355_328 && value <= 140_737_488_355_343);

interface GpuSeries extends Series {
  gpu: string;
  uuid: string | null;
  instance: string;
}

export function readGpus(page: Page, node: string, memory: CounterMemory): GpuPage {
  const all = page.series
    .filter(({ name, value }) => name.startsWith("DCGM_") && !isBlank(value))
    .flatMap((series): GpuSeries[] => {
      const { labels } = series;
      const uuid = labels["UUID"] ?? labels["uuid"] ?? null;
      const gpu = labels["gpu"] ?? uuid;
      return gpu === null ? [] : [{ ...series, gpu, uuid, instance: labels["GPU_I_ID"] ?? "" }];
    });
  const own = ofThisNode(all, node);
  const byGpu = [...groupBy(own, ({ uuid, gpu }) => uuid ?? gpu).values()];
  const gpus = byGpu.map((series): GpuReading => {
    const values: GpuReading["values"] = {};
    for (const meaning of GPU_MEANINGS) {
      const value = readMeaning(series, meaning);
      if (value !== null) values[meaning] = value;
    }
    const instances = new Map(
      series.flatMap(({ instance, labels }) => (instance === "" ? [] : [[instance, labels["GPU_I_PROFILE"] ?? "?"]])),
    );
    const type = series.map(({ labels }) => labels["modelName"]).find((model) => model !== undefined && model !== "");
    return {
      gpu: series[0]!.gpu,
      uuid: series[0]!.uuid,
      type: type ?? null,
      instances: [...instances.values()],
      values,
      energyAddedMj: null,
    };
  });
  const energyOf = ({ uuid, gpu }: Pick<GpuReading, "uuid" | "gpu">) => `energy\n${uuid ?? gpu}`;
  const added = memory.take(
    [
      ...gpus.flatMap((gpu): CounterValue[] => {
        const value = gpu.values.energyMj;
        return value === undefined
          ? []
          : [{ family: "energy", key: energyOf(gpu), process: energyOf(gpu), value, trusted: true }];
      }),
      ...own.filter((one) => isUnknownCounter(one, page)).map(asCounter),
    ],
    { families: new Set(own.map(({ name }) => name)), complete: page.complete, startedAt: null },
  );
  for (const gpu of gpus) gpu.energyAddedMj = added.get(energyOf(gpu)) ?? null;
  const sorted = gpus.sort((a, b) => a.gpu.localeCompare(b.gpu, "en", { numeric: true }));
  return { gpus: sorted, unknown: readUnknown(own, page, added) };
}

/** An exporter behind a collector may speak of several hosts: only this one, when it is among them. */
function ofThisNode(series: GpuSeries[], node: string): GpuSeries[] {
  const hostOf = ({ labels }: Series) => labels["Hostname"] ?? labels["hostname"];
  const here = series.filter((one) => hostOf(one) === node);
  return here.length > 0 ? here : series;
}

function readMeaning(series: readonly GpuSeries[], meaning: GpuMeaning): number | null {
  const { names, scale = 1, instances } = DCGM[meaning];
  const own = names.map((name) => series.filter((one) => one.name === name)).find((found) => found.length > 0);
  if (!own) return null;
  const whole = own.filter(({ instance }) => instance === "");
  // Several rows of one GPU without instances: one for each pod that shares it, all with the same value.
  if (whole.length > 0) return Math.max(...whole.map(({ value }) => value)) * scale;
  const each = [...groupBy(own, ({ instance }) => instance).values()].map((rows) => rows[0]!);
  if (instances === "shared") return Math.max(...each.map(({ value }) => value)) * scale;
  if (instances === "sum") return each.reduce((sum, { value }) => sum + value, 0) * scale;
  const slices = each.map((row) => ({
    value: row.value,
    slices: Number(/^(\d+)g\./.exec(row.labels["GPU_I_PROFILE"] ?? "")?.[1] ?? 1),
  }));
  const cut = /\bA30\b/.test(own[0]!.labels["modelName"] ?? "") ? 4 : 7;
  return (slices.reduce((sum, one) => sum + one.value * one.slices, 0) / cut) * scale;
}

const KNOWN = new Set(GPU_MEANINGS.flatMap((meaning) => DCGM[meaning].names));
const isUnknownCounter = ({ name }: Series, page: Page) => !KNOWN.has(name) && page.types.get(name) === "counter";
const asCounter = ({ name, gpu, uuid, instance, value }: GpuSeries): CounterValue => ({
  family: name,
  key: `${name}\n${uuid ?? gpu}\n${instance}`,
  process: uuid ?? gpu,
  value,
  trusted: false,
});

/** Counters as what they added on all GPUs, gauges as their mean. */
function readUnknown(series: readonly GpuSeries[], page: Page, added: ReadonlyMap<string, number | null>): UnknownReading[] {
  const unknown = series.filter(({ name }) => !KNOWN.has(name));
  return [...groupBy(unknown, ({ name }) => name)].flatMap(([name, own]): UnknownReading[] => {
    const counts = isUnknownCounter(own[0]!, page);
    const values = counts ? own.flatMap((one) => added.get(asCounter(one).key) ?? []) : own.map(({ value }) => value);
    if (values.length === 0) return [];
    const total = values.reduce((sum, value) => sum + value, 0);
    return [{ name, value: counts ? total : total / values.length }];
  });
}
