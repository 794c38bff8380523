/** GPU cost terms in words, and the fields that make one. Pure. */
import { IDLE_MODES, type TermKind, type TermOf } from "@/lib/allocation/schemas";

export const KIND_WORDS: Record<TermKind, string> = {
  reserved: "Reserved",
  owned: "Owned",
  line: "Named line",
  energy: "Energy",
  idle: "Idle mode",
  sharing: "Shared host",
};

export type FieldValues = Record<string, string>;
interface TermField {
  name: string;
  label: string;
  hint?: string;
  options?: readonly string[];
  /** Sent as a number, or left out when empty. */
  integer?: true;
}

const GPUS: readonly TermField[] = [
  { name: "gpuType", label: "GPU", hint: "For example H100" },
  { name: "region", label: "Region", hint: "Empty: every region" },
  { name: "gpuCount", label: "GPUs", integer: true },
];

export const FIELDS: Record<TermKind, readonly TermField[]> = {
  reserved: [
    ...GPUS,
    { name: "upfrontUsd", label: "Upfront, USD", hint: "For all of them and the whole term" },
    { name: "hourlyUsd", label: "USD per GPU-hour", hint: "On top of the upfront part" },
    { name: "termHours", label: "Hours of the term", hint: "A year has 8760", integer: true },
  ],
  owned: [
    ...GPUS,
    { name: "capexUsd", label: "Bought for, USD", hint: "All of them" },
    { name: "lifeHours", label: "Hours of life", hint: "Three years have 26280", integer: true },
  ],
  line: [
    { name: "name", label: "Name", hint: "host, network, storage, overhead" },
    { name: "pool", label: "Pool", hint: "Empty: every pool" },
    { name: "usdPerGpuHour", label: "USD per GPU-hour" },
  ],
  energy: [
    { name: "region", label: "Region", hint: "Empty: every region" },
    { name: "pue", label: "PUE", hint: "What the building adds, e.g. 1.3" },
    { name: "usdPerKwh", label: "USD per kWh" },
    { name: "kgCo2PerKwh", label: "kg CO₂ per kWh" },
  ],
  idle: [
    { name: "pool", label: "Pool", hint: "Empty: every pool" },
    { name: "mode", label: "Idle is paid", options: IDLE_MODES },
    { name: "owner", label: "Owner", hint: "Tenant id; only with owner-pays" },
    { name: "targetUtilisation", label: "Target utilization", hint: "0 to 1; only with target-capped" },
  ],
  sharing: [
    { name: "node", label: "Node" },
    { name: "host", label: "Host", hint: "Equal on all nodes that share it" },
    { name: "mode", label: "How", options: ["mig", "time-slicing"] },
    { name: "slices", label: "MIG slices of this node", integer: true },
    { name: "ofSlices", label: "Of slices", hint: "7 unless said otherwise", integer: true },
    { name: "memoryShare", label: "Memory share", hint: "Time-slicing: 0 to 1" },
  ],
};

/** What was typed, as the API takes it: what is empty is left out. */
export function termsOf(kind: TermKind, values: FieldValues): Record<string, unknown> {
  const entries = FIELDS[kind].flatMap(({ name, options, integer }) => {
    const text = (values[name] ?? options?.[0] ?? "").trim();
    if (text === "") return [];
    return [[name, integer ? Number(text) : text] as const];
  });
  return { kind, ...Object.fromEntries(entries) };
}

const where = (region: string | null) => (region === null ? "every region" : region);
const which = (pool: string | null) => (pool === null ? "every pool" : pool);

export function wordTerms(terms: TermOf): string {
  switch (terms.kind) {
    case "reserved":
      return `${terms.gpuCount} × ${terms.gpuType} in ${where(terms.region)}: $${terms.upfrontUsd} upfront over ${terms.termHours} h and $${terms.hourlyUsd} per GPU-hour`;
    case "owned":
      return `${terms.gpuCount} × ${terms.gpuType} in ${where(terms.region)}: $${terms.capexUsd} over ${terms.lifeHours} h of life`;
    case "line":
      return `${terms.name}: $${terms.usdPerGpuHour} per GPU-hour of ${which(terms.pool)}`;
    case "energy":
      return `${where(terms.region)}: PUE ${terms.pue}, $${terms.usdPerKwh} and ${terms.kgCo2PerKwh} kg CO₂ per kWh`;
    case "idle":
      return `${which(terms.pool)}: ${terms.mode}${terms.owner ? `, ${terms.owner}` : ""}${
        terms.targetUtilisation ? `, target ${terms.targetUtilisation}` : ""
      }`;
    case "sharing":
      return terms.mode === "mig"
        ? `${terms.node}: ${terms.slices} of ${terms.ofSlices} slices of ${terms.host}`
        : `${terms.node}: ${terms.host}, at least ${terms.memoryShare} of its memory`;
  }
}
