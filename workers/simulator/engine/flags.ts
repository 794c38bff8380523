/** The flags of `vllm serve` that Headroom sets, read as vLLM reads them: `--max-num-seqs 8`, `=8`, or with underscores. */

/** How weights are held. Every name that vLLM has for one of them is taken. */
export const PRECISIONS = ["bf16", "fp8", "int8", "awq", "gptq", "nvfp4", "gguf"] as const;
export type Precision = (typeof PRECISIONS)[number];

const QUANTIZATION: Record<string, Precision> = {
  none: "bf16",
  fp8: "fp8",
  fbgemm_fp8: "fp8",
  modelopt: "fp8",
  int8: "int8",
  "compressed-tensors": "int8",
  bitsandbytes: "int8",
  awq: "awq",
  awq_marlin: "awq",
  gptq: "gptq",
  gptq_marlin: "gptq",
  nvfp4: "nvfp4",
  modelopt_fp4: "nvfp4",
  gguf: "gguf",
};
const KV_CACHE_DTYPES = ["auto", "bfloat16", "fp8", "fp8_e4m3", "fp8_e5m2"] as const;
type KvCacheDtype = (typeof KV_CACHE_DTYPES)[number];

export interface Speculative {
  method: string;
  numTokens: number;
}

export interface EngineSettings {
  model: string;
  /** The first one answers; vLLM takes several. */
  servedModelNames: string[];
  host: string;
  port: number;
  /** As given, for the read-back; null: nothing was given. */
  quantization: string | null;
  precision: Precision;
  kvCacheDtype: KvCacheDtype;
  maxNumSeqs: number;
  maxNumBatchedTokens: number;
  gpuMemoryUtilization: number;
  enablePrefixCaching: boolean;
  /** null: as long as the model and the memory allow (vLLM's `auto`). */
  maxModelLen: number | null;
  speculative: Speculative | null;
}

class Refused extends Error {}
type Read = (value: string, flag: string) => unknown;

const text: Read = (value) => value;
const oneOf =
  (values: readonly string[]): Read =>
  (value, flag) => {
    if (values.includes(value)) return value;
    throw new Refused(
      `argument --${flag}: invalid choice: '${value}' (choose from ${values.map((one) => `'${one}'`).join(", ")})`,
    );
  };
const whole =
  (min: number, max: number): Read =>
  (value, flag) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new Refused(`argument --${flag}: invalid int value: '${value}' (from ${min} to ${max})`);
  };
const share: Read = (value, flag) => {
  const number = Number(value);
  if (value !== "" && number > 0 && number <= 1) return number;
  throw new Refused(`argument --${flag}: must be above 0 and at most 1, not '${value}'`);
};
const speculative: Read = (value, flag) => {
  try {
    const config = JSON.parse(value) as { method?: unknown; num_speculative_tokens?: unknown };
    const numTokens = Number(config.num_speculative_tokens);
    if (typeof config.method === "string" && Number.isInteger(numTokens) && numTokens >= 1 && numTokens <= 32)
      return { method: config.method, numTokens };
  } catch {
    // said below
  }
  throw new Refused(`argument --${flag}: invalid loads value: '${value}' (JSON with method and num_speculative_tokens)`);
};

const FLAGS: Record<string, Read> = {
  model: text,
  host: text,
  "served-model-name": text,
  "max-model-len": (value, flag) => (value === "auto" || value === "-1" ? null : whole(1, 10_000_000)(value, flag)),
  port: whole(0, 65_535),
  quantization: oneOf(Object.keys(QUANTIZATION)),
  dtype: oneOf(["auto", "bfloat16", "half", "float16"]),
  "kv-cache-dtype": oneOf(KV_CACHE_DTYPES),
  "max-num-seqs": whole(1, 65_536),
  "max-num-batched-tokens": whole(64, 4_194_304),
  "gpu-memory-utilization": share,
  "speculative-config": speculative,
  "tensor-parallel-size": whole(1, 1),
  seed: whole(0, 2 ** 31),
};
const SWITCHES = new Set(["enable-prefix-caching", "no-enable-prefix-caching"]);

/** `refusal`: what is printed before the program ends with 2, as argparse does. */
export function readFlags(args: readonly string[]): EngineSettings | { refusal: string } {
  try {
    return settingsFrom(collect(args));
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.message };
    throw error;
  }
}

function collect(args: readonly string[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const unknown: string[] = [];
  const words = args[0] === "serve" ? args.slice(1) : [...args];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    if (!word.startsWith("--")) {
      if (index === 0) found.set("model", word);
      else unknown.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const flag = (equals < 0 ? word : word.slice(0, equals)).slice(2).replaceAll("_", "-");
    if (SWITCHES.has(flag)) {
      if (equals >= 0) throw new Refused(`argument --${flag}: ignored explicit argument '${word.slice(equals + 1)}'`);
      found.set("enable-prefix-caching", flag === "enable-prefix-caching");
      continue;
    }
    const read = FLAGS[flag];
    if (!read) {
      unknown.push(word);
      if (equals < 0 && words[index + 1]?.startsWith("--") === false) unknown.push(words[++index]!);
      continue;
    }
    const value = equals < 0 ? words[++index] : word.slice(equals + 1);
    if (value === undefined || (equals < 0 && value.startsWith("--")))
      throw new Refused(`argument --${flag}: expected one argument`);
    found.set(flag, read(value, flag));
    // vLLM's one flag with several values.
    const more = flag === "served-model-name" ? words.slice(index + 1).findIndex((next) => next.startsWith("--")) : 0;
    const names = words.slice(index + 1, more < 0 ? undefined : index + 1 + more);
    if (names.length > 0) found.set(flag, [value, ...names].join(" "));
    index += names.length;
  }
  if (unknown.length > 0) throw new Refused(`unrecognized arguments: ${unknown.join(" ")}`);
  return found;
}

function settingsFrom(found: Map<string, unknown>): EngineSettings {
  const get = <T>(flag: string, otherwise: T): T => (found.has(flag) ? (found.get(flag) as T) : otherwise);
  const model = get<string>("model", "");
  if (model === "") throw new Refused("the following arguments are required: --model");
  const quantization = get<string | null>("quantization", null) ?? inName(model);
  return {
    model,
    servedModelNames: get<string>("served-model-name", model).split(" "),
    host: get("host", "127.0.0.1"),
    port: get("port", 8_000),
    quantization: quantization === "none" ? null : quantization,
    precision: QUANTIZATION[quantization ?? "none"]!,
    kvCacheDtype: get("kv-cache-dtype", "auto"),
    maxNumSeqs: get("max-num-seqs", 256),
    maxNumBatchedTokens: get("max-num-batched-tokens", 2_048),
    gpuMemoryUtilization: get("gpu-memory-utilization", 0.9),
    enablePrefixCaching: get("enable-prefix-caching", true),
    maxModelLen: get("max-model-len", null),
    speculative: get("speculative-config", null),
  };
}

/** A checkpoint says its own format, as in "…-AWQ". */
function inName(model: string): string | null {
  const found = /-(awq|gptq|fp8|int8|nvfp4|gguf)(?:-|$)/.exec(model.toLowerCase());
  return found?.[1] ?? null;
}
