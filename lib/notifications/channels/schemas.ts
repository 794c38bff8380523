/** What people say of a channel. Secrets go in and never come out. Pure: forms, API and senders share it. */
import { z } from "zod";
import { CHANNEL_KINDS, type ChannelKind } from "../schemas";

const address = z.url({ protocol: /^https?$/, error: "must be an address like https://…" }).max(2_000);
const mail = z.email({ error: "must be a mail address" }).max(254);

export const PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue";

export const CONFIGS = {
  slack: z.strictObject({}),
  teams: z.strictObject({}),
  webhook: z.strictObject({ url: address }),
  pagerduty: z.strictObject({
    url: address.default(PAGERDUTY_URL).describe("Events API v2; that of the EU is events.eu.pagerduty.com"),
  }),
  smtp: z.strictObject({
    host: z.string().trim().min(1, "Name the mail server.").max(253),
    port: z.number().int().min(1).max(65_535),
    security: z.enum(["tls", "starttls", "none"]).describe("none only inside your own network"),
    user: z.string().max(254).optional(),
    from: mail,
    to: z.array(mail).min(1, "Give a recipient.").max(50),
  }),
} as const satisfies Record<ChannelKind, z.ZodType>;
export type Configs = { [K in ChannelKind]: z.infer<(typeof CONFIGS)[K]> };

/** What is sealed. A webhook's secret is made here; the one before it signs too until it is dropped. */
export const SECRETS = {
  slack: { url: address },
  teams: { url: address },
  webhook: {},
  pagerduty: { routingKey: z.string().regex(/^[A-Za-z0-9]{32}$/, { error: "is 32 letters and digits" }) },
  smtp: { password: z.string().min(1).max(500) },
} as const satisfies Record<ChannelKind, Record<string, z.ZodType<string>>>;

const common = {
  name: z.string().trim().min(2, "Name the channel.").max(80),
  tenants: z.array(z.string().min(1)).min(1, "Choose a tenant, or all.").describe("Of whom it may be told; * is everybody"),
  enabled: z.boolean(),
  fallbackId: z.uuid().nullable().describe("Told when this one fails"),
};

export const createChannelSchema = z.strictObject({
  ...common,
  tenants: common.tenants.default(["*"]),
  enabled: common.enabled.default(true),
  fallbackId: common.fallbackId.default(null),
  kind: z.enum(CHANNEL_KINDS),
  config: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.string()).default({}),
  receivesAll: z.boolean().default(false).describe("Also put it on the route that takes what no other route takes"),
});
export type CreateChannelInput = z.input<typeof createChannelSchema>;

/** `baseVersion`: what was edited. A secret that is not there stays as it is. */
export const updateChannelSchema = z.strictObject({
  baseVersion: z.number().int().min(1),
  ...z.object(common).partial().shape,
  config: z.record(z.string(), z.unknown()).optional(),
  secrets: z.record(z.string(), z.string()).optional(),
});

export const channelActionSchema = z.strictObject({
  action: z.enum(["test", "rotate_secret", "drop_previous_secret"]),
});

export interface ChannelView {
  id: string;
  name: string;
  kind: ChannelKind;
  config: Record<string, unknown>;
  /** Names of the secrets that are set. */
  secrets: string[];
  tenants: string[];
  enabled: boolean;
  fallbackId: string | null;
  version: number;
  health: "untried" | "working" | "failing";
  failingSince: string | null;
  lastSuccessAt: string | null;
  lastFailureAt: string | null;
  lastError: string | null;
  waiting: number;
  createdBy: string;
  createdAt: string;
}
