/**
 * The agent's own file: where the console is, what it drives and scrapes, and every command, address and path of this
 * machine. Secrets are named by environment variable.
 */
import { z } from "zod";
import { targetConfigSchema } from "./drivers/target-config";

const name = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores, beginning with a letter or digit");

export const agentConfigSchema = z.strictObject({
  name: name.describe("Unique in the workspace; also the node of its samples"),
  console: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
  stateDir: z.string().min(1).default("agent-state").describe("Keys, the last known good configuration, spool; one per agent"),
  listen: z
    .strictObject({ host: z.string().default("127.0.0.1"), port: z.number().int().min(0).max(65_535).default(4_190) })
    .nullable()
    .prefault({})
    .describe("/health and /metrics of the agent; null: none"),
  simulated: z.boolean().default(false).describe("Shown with its label everywhere"),
  target: targetConfigSchema,
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;
