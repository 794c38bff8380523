/** The `collectors` section of the agent's own file: what is scraped on this machine, and what the node is. */
import { z } from "zod";
import { ENGINE_KINDS } from "./name-registry";

const text = (max: number) => z.string().min(1).max(max);
const only = z
  .record(text(100), z.union([text(200), z.array(text(200)).min(1).max(64)]))
  .optional()
  .describe('Only series with these label values, e.g. {"gpu": ["0", "1"]} or {"pod": "llama-0"}');

const sourceSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.enum([...ENGINE_KINDS, "dcgm", "prometheus"]).describe("prometheus: an engine, found out from its metric names"),
    url: z.url({ protocol: /^https?$/ }).describe("The engine itself, not a balancer in front of several"),
    bearerTokenEnv: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/i, "the name of an environment variable")
      .optional(),
    only,
  }),
  z.strictObject({ kind: z.literal("nvidia-smi"), path: text(1_000).default("nvidia-smi"), only }),
]);

export const collectorsConfigSchema = z.strictObject({
  pool: text(200).describe("The nodes that serve one model interchangeably"),
  sources: z.array(sourceSchema).min(1).max(64),
  intervalSec: z.number().min(1).max(3_600).default(15),
  gpu: z
    .strictObject({ count: z.int().min(1).max(1_024), type: text(100).optional(), memoryMib: z.int().min(1).optional() })
    .optional()
    .describe("What the node has, where no source says it"),
  model: text(200).optional().describe("Where the engine does not say it (TGI, llama.cpp)"),
  region: text(100).optional(),
  commitment: z.enum(["on-demand", "reserved", "spot", "owned"]).optional(),
  spoolBytes: z.int().min(1_048_576).default(67_108_864),
});
