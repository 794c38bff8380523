/**
 * The agent's own file: where the console is, what it drives and scrapes, and every command, address and path of this
 * machine. Secrets are named by environment variable.
 */
import { z } from "zod";
import { collectorsConfigSchema } from "./collectors/config";
import { targetConfigSchema } from "./drivers/target-config";

const name = z
  .string({ error: "Name it here, with --name or with HEADROOM_AGENT_NAME" })
  .min(1)
  .max(120)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores, beginning with a letter or digit");

const agentConfigSchema = z.strictObject({
  name: name.describe("Unique in the workspace; also the node of its samples"),
  console: z.strictObject(
    { url: z.url({ protocol: /^https?$/ }) },
    { error: "Say {url} here, or give --console or HEADROOM_CONSOLE_URL" },
  ),
  stateDir: z.string().min(1).default("agent-state").describe("Keys, the last known good configuration, spool; one per agent"),
  listen: z
    .strictObject({ host: z.string().default("127.0.0.1"), port: z.number().int().min(0).max(65_535).default(4_190) })
    .nullable()
    .prefault({})
    .describe("/health and /metrics of the agent; null: none"),
  simulated: z.boolean().default(false).describe("Shown with its label everywhere"),
  target: targetConfigSchema,
  collectors: collectorsConfigSchema.optional(),
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** What a file can leave out because the command line or the environment says it. */
export interface Overrides {
  name?: string | undefined;
  consoleUrl?: string | undefined;
}

/** Parse the file's text. Every problem is named at once. */
export function readConfig(text: string, { name: as, consoleUrl }: Overrides): AgentConfig | { problems: string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problems: [`It is not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const over = { ...(as ? { name: as } : {}), ...(consoleUrl ? { console: { url: consoleUrl } } : {}) };
  const whole = typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json, ...over } : json;
  const parsed = agentConfigSchema.safeParse(whole);
  if (parsed.success) return parsed.data;
  return { problems: parsed.error.issues.map((issue) => `${issue.path.join(".") || "(file)"}: ${issue.message}`) };
}
