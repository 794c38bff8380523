/**
 * How this machine runs its engine. All commands, arguments and paths are here and only here: what the console sends are
 * values for the flags of `launch-arguments.ts`, nothing else.
 */
import { z } from "zod";
import { POLICY_SCHEMAS } from "@/lib/policies/schemas";

export const ENGINES = ["vllm", "sglang", "llama.cpp"] as const;
export type EngineKind = (typeof ENGINES)[number];

const argv = z.array(z.string().max(10_000)).min(1).max(200);
const sec = (fallback: number, max = 86_400) => z.number().min(0).max(max).default(fallback);
const url = z.url({ protocol: /^https?$/ });
const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable");

const warmUpSchema = z
  .strictObject({
    requests: z.number().int().min(0).max(1_000).default(3),
    path: z.string().regex(/^\//).default("/v1/chat/completions"),
    body: z
      .record(z.string(), z.unknown())
      .default({ messages: [{ role: "user", content: "Say one word." }], max_tokens: 8 })
      .describe("`model` is filled in"),
    timeoutSec: sec(120, 3_600),
  })
  .prefault({});

const healthSchema = z
  .strictObject({
    path: z.string().regex(/^\//).default("/health"),
    startTimeoutSec: sec(900).describe("From start to the first healthy answer; loading weights takes minutes"),
    pollSec: z.number().min(0.05).max(60).default(2),
    failuresUntilDead: z.number().int().min(1).max(1_000).default(10).describe("In a row, of an engine that was healthy"),
  })
  .prefault({});

const processSchema = z.strictObject({
  kind: z.literal("process"),
  command: argv.describe(
    'Without settings, e.g. ["vllm","serve","{model}","--tensor-parallel-size","2"]; {port} and {model} are filled in, else flags are added',
  ),
  portFlag: z.string().default("--port").describe("Added with the engine's port unless {port} is in the command"),
  env: z.record(envName, z.string()).default({}),
  cwd: z.string().min(1).optional(),
  front: z
    .strictObject({ host: z.string().default("127.0.0.1"), port: z.number().int().min(0).max(65_535).default(8_000) })
    .prefault({})
    .describe("The stable address that gateways use; the engine behind it changes"),
  ports: z
    .strictObject({ from: z.number().int().min(1_024).max(65_535), to: z.number().int().min(1_024).max(65_535) })
    .optional()
    .describe("Of the engines themselves; any free one without it"),
  replace: z
    .enum(["side-by-side", "instead"])
    .default("side-by-side")
    .describe("side-by-side needs memory for two engines; instead: the old one ends first, requests get 503 meanwhile"),
  drainSec: sec(120).describe("Requests under way may finish this long"),
  keepWarmSec: sec(1_800).describe("The old engine stays loaded for an instant way back (side-by-side only)"),
  stopSec: sec(30, 3_600).describe("From SIGTERM to SIGKILL"),
  restart: z
    .strictObject({ firstMs: z.number().int().min(1).default(1_000), maxMs: z.number().int().min(1).default(60_000) })
    .prefault({})
    .describe("Wait before a crashed engine is started again; doubled each time"),
  logBytes: z.number().int().min(4_096).default(33_554_432).describe("The engine's output is kept up to this size"),
  onExit: z
    .enum(["stop", "leave"])
    .default("stop")
    .describe("leave: the engine goes on when the agent ends and is found again at its next start"),
});
export type ProcessConfig = z.infer<typeof processSchema>;

const commandSchema = z.strictObject({
  kind: z.literal("command"),
  apply: argv.describe(
    'Run without a shell, e.g. ["systemctl","restart","vllm"]. {{engineArgs}} alone becomes several arguments; {{engineArgsJson}}, {{hash}} and {{generation}} are filled in',
  ),
  timeoutSec: sec(300, 3_600).describe("Of the command itself"),
  writeFile: z
    .strictObject({
      path: z.string().min(1),
      format: z.enum(["args-json", "args-lines", "options-json"]).describe("options-json is what `vllm serve --config` reads"),
    })
    .optional()
    .describe("Written before the command runs, put back when the engine does not come up"),
  baseUrl: url.describe("Where the engine answers, for health, warm-up and read-back"),
});
export type CommandConfig = z.infer<typeof commandSchema>;

export const engineSettingsSchema = POLICY_SCHEMAS.engine;
/** What the console may decide about an engine. */
export type EngineSettings = z.infer<typeof engineSettingsSchema>;

export const engineConfigSchema = z.strictObject({
  connector: z.literal("engine"),
  engine: z.enum(ENGINES),
  models: z
    .record(z.string().min(1).max(200), z.string().min(1).max(1_000))
    .optional()
    .describe("Only these may be loaded: the name in the policy → what the engine is given. Without it: any name but a path"),
  quantizationNames: z
    .partialRecord(engineSettingsSchema.shape.quantization.unwrap(), z.string().min(1).max(60))
    .optional()
    .describe("Where this engine calls a format otherwise than its project does"),
  initial: engineSettingsSchema.optional().describe("Runs until the console sends its first generation"),
  executor: z.discriminatedUnion("kind", [processSchema, commandSchema]),
  health: healthSchema,
  warmUp: warmUpSchema,
  hardware: z
    .strictObject({
      gpuType: z.string().min(1).max(100).describe("e.g. NVIDIA H100 80GB HBM3"),
      gpuCount: z.number().int().min(1).max(1_024),
      memoryTotalMib: z.number().min(1).max(1e9),
    })
    .partial()
    .optional()
    .describe("Where nvidia-smi cannot say it"),
});
export type EngineConfig = z.infer<typeof engineConfigSchema>;
