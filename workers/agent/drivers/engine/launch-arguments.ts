/**
 * What an engine is started with, from what the console decided. Pure.
 *
 * Every argument is a flag from this file or one value; a value never begins with a dash and holds no control character,
 * so no payload adds an argument, whatever parses them. A setting that this engine does not have is refused, not dropped:
 * "applied" would be a lie.
 */
import type { EngineConfig, EngineSettings } from "./config";

type Naming = Pick<EngineConfig, "engine" | "models" | "quantizationNames">;
export type Launch = { model: string[]; args: string[] } | { refusals: string[] };

/** `model`: the arguments that name the model, apart because some commands take it in another place. */
export function launchArguments(naming: Naming, settings: EngineSettings): Launch {
  const refusals: string[] = [];
  const models = [settings.model, settings.speculative?.model].map((name) => resolveModel(name, naming, refusals));
  checkValue("servedModelName", settings.servedModelName, refusals);
  checkValue("speculative.method", settings.speculative?.method, refusals);
  const resolved: Resolved = { ...settings, model: models[0], draftModel: models[1], refuse: (why) => void refusals.push(why) };
  const quantization = naming.quantizationNames?.[settings.quantization];
  const launch = BY_ENGINE[naming.engine](resolved, quantization);
  return refusals.length > 0 ? { refusals } : launch;
}

interface Resolved extends EngineSettings {
  draftModel: string | undefined;
  refuse(why: string): void;
}
type Render = (settings: Resolved, quantizationName: string | undefined) => { model: string[]; args: string[] };

const BY_ENGINE: Record<EngineConfig["engine"], Render> = { vllm, sglang, "llama.cpp": llamaCpp };

/** Formats that vLLM knows under another name; the rest are called the same. */
const VLLM_FORMATS: Partial<Record<EngineSettings["quantization"], string>> = {
  int8: "compressed-tensors",
  nvfp4: "modelopt_fp4",
};

function vllm(settings: Resolved, quantizationName: string | undefined) {
  const { quantization, kvCacheDtype, enablePrefixCaching, speculative } = settings;
  return {
    model: flag("--model", settings.model),
    args: [
      ...flag("--served-model-name", settings.servedModelName),
      ...(quantization === "none" ? [] : flag("--quantization", quantizationName ?? VLLM_FORMATS[quantization] ?? quantization)),
      ...(kvCacheDtype === "auto" ? [] : flag("--kv-cache-dtype", kvCacheDtype)),
      ...flag("--max-num-seqs", settings.maxNumSeqs),
      ...flag("--max-num-batched-tokens", settings.maxNumBatchedTokens),
      ...flag("--gpu-memory-utilization", settings.gpuMemoryUtilization),
      ...toggle(enablePrefixCaching, "--enable-prefix-caching", "--no-enable-prefix-caching"),
      ...(speculative
        ? flag(
            "--speculative-config",
            JSON.stringify({
              method: speculative.method,
              ...(settings.draftModel ? { model: settings.draftModel } : {}),
              num_speculative_tokens: speculative.numTokens,
            }),
          )
        : []),
    ],
  };
}

const SGLANG_FORMATS: Partial<Record<EngineSettings["quantization"], string>> = { int8: "w8a8_int8", nvfp4: "modelopt_fp4" };
const SGLANG_METHODS = new Set(["EAGLE", "EAGLE3", "NEXTN", "STANDALONE", "NGRAM"]);

function sglang(settings: Resolved, quantizationName: string | undefined) {
  const { quantization, kvCacheDtype, enablePrefixCaching, speculative } = settings;
  const method = speculative?.method.toUpperCase();
  if (method && !SGLANG_METHODS.has(method)) {
    settings.refuse(
      `SGLang has no speculative method "${speculative!.method}"; it has ${[...SGLANG_METHODS].join(", ").toLowerCase()}.`,
    );
  }
  // Below e4m3 is what vLLM means by fp8. With one branch (topk 1) a step gives one token, and the last is the target's own.
  const steps = speculative?.numTokens;
  return {
    model: flag("--model-path", settings.model),
    args: [
      ...flag("--served-model-name", settings.servedModelName),
      ...(quantization === "none"
        ? []
        : flag("--quantization", quantizationName ?? SGLANG_FORMATS[quantization] ?? quantization)),
      ...(kvCacheDtype === "auto" ? [] : flag("--kv-cache-dtype", kvCacheDtype === "fp8" ? "fp8_e4m3" : kvCacheDtype)),
      ...flag("--max-running-requests", settings.maxNumSeqs),
      ...flag("--max-prefill-tokens", settings.maxNumBatchedTokens),
      ...flag("--mem-fraction-static", settings.gpuMemoryUtilization),
      ...(enablePrefixCaching === false ? ["--disable-radix-cache"] : []),
      ...flag("--speculative-algorithm", method),
      ...(method ? flag("--speculative-draft-model-path", settings.draftModel) : []),
      ...(method && method !== "NGRAM" ? ["--speculative-num-steps", String(steps), "--speculative-eagle-topk", "1"] : []),
      ...(method ? flag("--speculative-num-draft-tokens", method === "NGRAM" ? steps : steps! + 1) : []),
    ],
  };
}

function llamaCpp(settings: Resolved) {
  const { quantization, kvCacheDtype, speculative } = settings;
  if (quantization !== "none" && quantization !== "gguf")
    settings.refuse(`llama.cpp loads only GGUF files, not ${quantization}.`);
  if (kvCacheDtype !== "auto") settings.refuse(`llama.cpp has no KV cache in ${kvCacheDtype}.`);
  if (settings.gpuMemoryUtilization !== undefined) settings.refuse("llama.cpp has no limit on the share of GPU memory.");
  if (speculative && (speculative.method !== "draft_model" || !settings.draftModel)) {
    settings.refuse('llama.cpp speculates only with a draft model: method "draft_model" and a model.');
  }
  const fileOrRepository = (name: string | undefined, file: string, repository: string) =>
    name === undefined ? [] : [isPath(name) || name.endsWith(".gguf") ? file : repository, name];
  return {
    model: fileOrRepository(settings.model, "--model", "--hf-repo"),
    args: [
      ...flag("--alias", settings.servedModelName),
      ...flag("--parallel", settings.maxNumSeqs),
      ...flag("--batch-size", settings.maxNumBatchedTokens),
      ...toggle(settings.enablePrefixCaching, "--cache-prompt", "--no-cache-prompt"),
      ...(speculative ? fileOrRepository(settings.draftModel, "--model-draft", "--hf-repo-draft") : []),
      ...(speculative ? flag("--draft-max", speculative.numTokens) : []),
    ],
  };
}

const flag = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [name, String(value)]);

const toggle = (value: boolean | undefined, on: string, off: string): string[] => (value === undefined ? [] : [value ? on : off]);

const isPath = (name: string) => /^[./~\\]/.test(name) || name.includes("..") || name.includes("\\") || /^[A-Za-z]+:/.test(name);

function checkValue(what: string, value: string | undefined, refusals: string[]): void {
  if (value === undefined) return;
  // oxlint-disable-next-line no-control-regex
  if (value.startsWith("-") || /[\u0000-\u001f\u007f]/.test(value)) {
    refusals.push(`${what} ${JSON.stringify(value.slice(0, 80))} begins with a dash or holds a control character.`);
  }
}

/** What the engine is given for a name in the policy. */
function resolveModel(name: string | undefined, { models }: Naming, refusals: string[]): string | undefined {
  if (name === undefined) return undefined;
  if (models) {
    if (Object.hasOwn(models, name)) return models[name];
    refusals.push(`The model ${JSON.stringify(name)} is not among the models of this agent's own file.`);
    return undefined;
  }
  checkValue("model", name, refusals);
  if (isPath(name)) {
    refusals.push(`The model ${JSON.stringify(name)} is a path or address: name it under "models" in the agent's own file.`);
  }
  return name;
}
