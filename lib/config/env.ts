import { z } from "zod";

/**
 * Every setting an operator can make, with its default and its meaning. The README's configuration table is made
 * from this schema (`npm run docs:config`), and every program parses it at boot: a wrong value stops the program
 * with the name of the setting and the fix, never later.
 */
const flag = (fallback: boolean) =>
  z
    .enum(["true", "false", "1", "0"], { error: "must be true or false" })
    .default(fallback ? "true" : "false")
    .transform((value) => value === "true" || value === "1");

const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback);

const optionalUrl = (protocols: string) =>
  z
    .string()
    .regex(new RegExp(`^(${protocols})://`), { error: `must start with ${protocols.replace("|", ":// or ")}://` })
    .optional();

const hostList = () =>
  z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((host) => host.trim())
        .filter(Boolean),
    );

const encryptionKey = () =>
  z
    .string()
    .refine((text) => Buffer.from(text, "base64").length === 32, {
      error: "must be 32 bytes as base64; make them with: openssl rand -base64 32",
    })
    .optional();

export const envSchema = z.object({
  DATABASE_URL: optionalUrl("postgres|postgresql").describe(
    "PostgreSQL 15 or newer. Absent: an embedded PostgreSQL 18 keeps its data in HEADROOM_DATA_DIR.",
  ),
  REDIS_URL: optionalUrl("redis|rediss").describe("Queues run on this Redis. Absent: queues run in PostgreSQL."),
  PORT: port(3000).describe("Port of the console."),
  HOST: z.string().default("127.0.0.1").describe("Address the console listens on. 0.0.0.0 to serve other machines."),
  HEADROOM_URL: z
    .url()
    .optional()
    .describe("Public address of the console, used in links, OIDC and cookies. Absent: http://localhost:PORT."),
  HEADROOM_SECRET: z
    .string()
    .min(32, { error: "must be at least 32 characters; make one with: openssl rand -base64 32" })
    .optional()
    .describe("Signs sessions. Absent: made once and kept in HEADROOM_DATA_DIR. Set it when you run replicas."),
  HEADROOM_ENCRYPTION_KEY: encryptionKey().describe(
    "Seals secrets of channels in the database. Absent: a key is derived from HEADROOM_SECRET. Make one with: openssl rand -base64 32",
  ),
  HEADROOM_ENCRYPTION_KEY_PREVIOUS: encryptionKey().describe(
    "The key before, until `npm run secrets:rotate` has sealed everything with the new one.",
  ),
  HEADROOM_OUTBOUND_HOSTS: hostList().describe(
    "Hosts inside your network that channels of notifications may reach, `name` or `name:port`, separated by commas. Public ones are allowed.",
  ),
  HEADROOM_DATA_DIR: z.string().default(".headroom").describe("Where the embedded database and the made secret live."),
  HEADROOM_DB_POOL: z.coerce.number().int().min(1).max(200).default(10).describe("Database connections per program."),
  HEADROOM_DEMO: flag(true).describe(
    "Run the simulated demo fleet. Always off with an own DATABASE_URL unless `npm start -- --demo` says otherwise.",
  ),
  HEADROOM_BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^hr_[A-Za-z0-9_-]{32,}$/, { error: "must look like hr_ followed by at least 32 letters, digits, _ or -" })
    .optional()
    .describe("Creates one API key with every scope at first boot, for automation."),
  HEADROOM_ADMIN_EMAIL: z.email().optional().describe("First admin of an own database, created at first boot."),
  HEADROOM_ADMIN_PASSWORD: z.string().min(12).optional().describe("Password of that first admin, at least 12 characters."),
  HEADROOM_INGEST_MAX_LAG: z.coerce
    .number()
    .int()
    .min(1)
    .default(2000)
    .describe("Batches waiting in the ingest queue above which senders get 429 with Retry-After."),
  HEADROOM_LITELLM_URL: z
    .url()
    .optional()
    .describe("Address of a LiteLLM proxy whose spend logs fill what its callback lost. With the next one."),
  HEADROOM_LITELLM_KEY: z
    .string()
    .optional()
    .describe("LiteLLM key that may read spend logs. Kept in the environment only, never in the database."),
  HEADROOM_WORKERS_PORT: port(0).describe("Port of the workers' /healthz and /metrics. 0: any free port, named in the log."),
  HEADROOM_FLEET_PORT: port(0).describe("Port of the fleet server. 0: any free port, found by the launcher."),
  HEADROOM_FLEET_HOST: z
    .string()
    .default("127.0.0.1")
    .describe("Address the fleet server listens on. Its /metrics needs no key: leave it to the console's proxy, or fence it."),
  HEADROOM_FLEET_URL: z
    .url()
    .optional()
    .describe("Where the console reaches the fleet server. Absent: http://127.0.0.1:HEADROOM_FLEET_PORT."),
  HEADROOM_RATE_LIMIT_SIGN_IN: z.coerce
    .number()
    .int()
    .min(1)
    .default(10)
    .describe("Sign-in tries per address and email in 15 minutes."),
  HEADROOM_EVALUATION_HOSTS: hostList().describe(
    "Hosts that evaluations may ask, `name` or `name:port`, separated by commas. Empty: none.",
  ),
  HEADROOM_EVALUATION_API_KEY: z
    .string()
    .optional()
    .describe("Bearer key that evaluations show to those hosts, e.g. of a gateway's client."),
  OIDC_ISSUER: z.url().optional().describe("OpenID Connect issuer. With the next two, a second sign-in button appears."),
  OIDC_CLIENT_ID: z.string().optional().describe("OpenID Connect client id."),
  OIDC_CLIENT_SECRET: z.string().optional().describe("OpenID Connect client secret."),
  OIDC_DEFAULT_ROLE: z
    .enum(["viewer", "analyst", "lead", "admin"])
    .default("viewer")
    .describe("Role of a person who signs in through OIDC for the first time."),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("Least serious level that is logged."),
  NODE_ENV: z.enum(["development", "production", "test"]).default("development").describe("Set by the start scripts."),
});

export type Config = z.infer<typeof envSchema> & { readonly publicUrl: string };

/** Parse settings; throws one Error that lists every wrong setting with its fix. Empty strings count as absent. */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const result = envSchema.safeParse(present);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`Settings that need attention:\n${lines.join("\n")}`);
  }
  return { ...result.data, publicUrl: result.data.HEADROOM_URL ?? `http://localhost:${result.data.PORT}` };
}

let cached: Config | undefined;

/** The settings of this process, parsed once. */
export function config(): Config {
  cached ??= parseConfig(process.env);
  return cached;
}
