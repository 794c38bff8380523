/**
 * The gateway's own file: what must stay on this machine (addresses, key names, who the clients are). What it does with
 * requests is the policy's. Keys are named by environment variable or by hash, so that the file itself holds no secret.
 */
import { z } from "zod";

const name = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$/, "letters, digits and . _ : / @ + - only");
const envName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/i, "the name of an environment variable");
const headerName = z.string().regex(/^[a-z0-9-]+$/, "a header name in lower case");

const upstreamSchema = z.strictObject({
  kind: z.literal("openai").default("openai"),
  baseUrl: z.url({ protocol: /^https?$/ }).describe("With the version, e.g. https://api.openai.com/v1"),
  apiKeyEnv: envName.optional(),
  provider: name.describe("For telemetry and prices, e.g. openai, self-hosted"),
  node: name.optional().describe("The GPU node behind it, when it is one: its rollouts are judged by this"),
  outputField: z
    .enum(["max_completion_tokens", "max_tokens"])
    .default("max_completion_tokens")
    .describe("What this upstream calls the cap on output; older engines know only max_tokens"),
});

const clientSchema = z
  .strictObject({
    keyEnv: envName.optional(),
    keySha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "64 hex digits")
      .optional(),
    tenant: name,
    user: name.optional(),
    tags: z
      .record(z.string().min(1).max(64), z.string().min(1).max(200))
      .optional()
      .describe('On every event of the tenant, e.g. {"team": "service"}: for allocation and filters'),
  })
  .refine((client) => (client.keyEnv === undefined) !== (client.keySha256 === undefined), {
    error: "Name the client's key by exactly one of keyEnv and keySha256.",
  });

const identitySchema = z
  .strictObject({
    clients: z.record(name, clientSchema).default({}),
    trustedHeaders: z
      .strictObject({ tenant: headerName, user: headerName.optional() })
      .optional()
      .describe("Only behind a proxy that sets these headers itself: whoever reaches the gateway is believed"),
    anonymousTenant: name.optional().describe("Requests without a key belong to this tenant"),
  })
  .refine((identity) => Object.keys(identity.clients).length > 0 || identity.trustedHeaders || identity.anonymousTenant, {
    error: "Nobody could ask: configure clients, trustedHeaders or anonymousTenant.",
  });

const usdPerMillion = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,12})?$/, 'dollars per million tokens as text, e.g. "0.15"')
  .describe("US dollars per million tokens");

const priceSchema = z.strictObject({
  input: usdPerMillion,
  cacheRead: usdPerMillion.optional().describe("Absent: as input"),
  cacheWrite: usdPerMillion.optional().describe("Absent: as input"),
  output: usdPerMillion.default("0"),
});
export type Price = z.infer<typeof priceSchema>;

const cacheSchema = z.strictObject({
  redisUrlEnv: envName
    .optional()
    .describe(
      "Variable with the URL of a Redis that holds the caches; absent: this process's memory. Answers are stored as they are",
    ),
  keyPrefix: name
    .optional()
    .describe(
      "Of keys in Redis; absent: headroom:<environment>. Gateways share answers when prefix, tenants and upstream names agree",
    ),
  waitMs: z.number().int().min(1).max(5_000).default(50).describe("Longest wait for Redis; then it is a miss"),
  embeddingTimeoutMs: z
    .number()
    .int()
    .min(10)
    .max(30_000)
    .default(500)
    .describe("Longest wait for the vector of a question; then the semantic cache misses"),
});

const consoleSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  ingestKeyEnv: envName
    .default("HEADROOM_INGEST_KEY")
    .describe("Not needed with the policy from the console: the enrolment brings a key"),
  enrolmentTokenEnv: envName.default("HEADROOM_ENROLMENT_TOKEN").describe("For the first start with the policy from the console"),
  reconnectJitterSec: z
    .number()
    .min(0)
    .max(600)
    .default(120)
    .describe("A lost console is asked again after a random time up to this"),
  simulated: z.boolean().default(false).describe("Part of a demo: labelled so on the console"),
});

export const gatewayConfigSchema = z.strictObject({
  name,
  environment: name.default("production").describe("With the policy from the console, the enrolment decides"),
  region: name.optional().describe("Where it runs, for telemetry"),
  listen: z
    .strictObject({ host: z.string().default("127.0.0.1"), port: z.number().int().min(0).max(65_535).default(4180) })
    .prefault({}),
  stateDir: z.string().min(1).default("gateway-state").describe("Spool and generation; one directory per gateway"),
  console: consoleSchema.nullable().default(null).describe("null: no telemetry is kept or sent, only /metrics"),
  upstreams: z.record(name, upstreamSchema),
  identity: identitySchema,
  endpoints: z
    .strictObject({
      default: name.default("default"),
      paths: z.record(z.string().regex(/^(\/[A-Za-z0-9._-]+)+$/, "a path such as /support"), name).default({}),
    })
    .prefault({})
    .describe("Paths in front of /v1 that name an endpoint; the header x-headroom-endpoint wins"),
  limits: z
    .strictObject({
      bodyBytes: z.number().int().min(1_024).max(268_435_456).default(16_777_216),
      cacheBytes: z
        .number()
        .int()
        .min(0)
        .max(17_179_869_184)
        .default(67_108_864)
        .describe("Answers of the exact cache in memory"),
      semanticCacheBytes: z
        .number()
        .int()
        .min(0)
        .max(17_179_869_184)
        .default(67_108_864)
        .describe("Questions of the semantic cache in memory, with their answers unless those are in Redis"),
      spoolBytes: z.number().int().min(1_048_576).default(268_435_456),
    })
    .prefault({}),
  cache: cacheSchema.prefault({}),
  prices: z
    .record(z.string().regex(/^[^/]+\/.+$/, 'the key is "provider/model"'), priceSchema)
    .default({})
    .describe("By provider/model as in telemetry; only for the header x-headroom-cost-usd"),
});

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;

/** An upstream with its key looked up. */
export interface Upstream {
  name: string;
  baseUrl: URL;
  apiKey: string | null;
  provider: string;
  node: string | null;
  outputField: "max_completion_tokens" | "max_tokens";
}

export interface ReadyConfig {
  config: GatewayConfig;
  upstreams: ReadonlyMap<string, Upstream>;
  ingestKey: string | null;
  redisUrl: string | null;
}

type Env = Record<string, string | undefined>;

export interface ConfigSetting {
  /** The policy comes from the console: it is needed, and its enrolment brings the key for telemetry. */
  synced?: boolean;
  /** Instead of the file's. */
  consoleUrl?: string | undefined;
}

/** Parse the file's text and look up the keys it names. Every problem is named at once. */
export function readConfig(
  text: string,
  env: Env,
  { synced = false, consoleUrl }: ConfigSetting = {},
): ReadyConfig | { problems: string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problems: [`It is not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const parsed = gatewayConfigSchema.safeParse(consoleUrl === undefined ? json : withConsole(json, consoleUrl));
  if (!parsed.success) {
    return { problems: parsed.error.issues.map((issue) => `${issue.path.join(".") || "(file)"}: ${issue.message}`) };
  }
  const config = parsed.data;
  const problems: string[] = [];
  const secret = (variable: string, at: string): string | null => {
    const value = env[variable];
    if (!value) problems.push(`${at}: the environment variable ${variable} is not set.`);
    return value || null;
  };
  const upstreams = new Map(
    Object.entries(config.upstreams).map(([id, upstream]): [string, Upstream] => [
      id,
      {
        name: id,
        baseUrl: new URL(upstream.baseUrl.endsWith("/") ? upstream.baseUrl : `${upstream.baseUrl}/`),
        apiKey: upstream.apiKeyEnv ? secret(upstream.apiKeyEnv, `upstreams.${id}.apiKeyEnv`) : null,
        provider: upstream.provider,
        node: upstream.node ?? null,
        outputField: upstream.outputField,
      },
    ]),
  );
  for (const [id, client] of Object.entries(config.identity.clients)) {
    if (client.keyEnv) secret(client.keyEnv, `identity.clients.${id}.keyEnv`);
  }
  if (synced && !config.console)
    problems.push('console: the policy is to come from it: say {"url": "https://…"} or --console URL.');
  const keyVariable = config.console?.ingestKeyEnv;
  const ingestKey = keyVariable ? (synced ? env[keyVariable] || null : secret(keyVariable, "console.ingestKeyEnv")) : null;
  const redisUrl = config.cache.redisUrlEnv ? secret(config.cache.redisUrlEnv, "cache.redisUrlEnv") : null;
  // The problem names no part of it: it may hold a password.
  if (redisUrl && !/^rediss?:\/\/[^/]/.test(redisUrl)) {
    problems.push(`cache.redisUrlEnv: ${config.cache.redisUrlEnv} is not a URL such as redis://host:6379.`);
  }
  return problems.length > 0 ? { problems } : { config, upstreams, ingestKey, redisUrl };
}

function withConsole(json: unknown, url: string): unknown {
  if (typeof json !== "object" || json === null) return json;
  const { console: said } = json as { console?: unknown };
  return { ...json, console: { ...(typeof said === "object" ? said : {}), url } };
}
