/** The secrets of a channel: what may be set, sealed each in its place, and what else of it must be an allowed address. */
import { config } from "@/lib/config";
import { AppError } from "@/lib/http";
import { MAIL_PORTS, requireOutboundHost, requireOutboundUrl, WEB_PORTS, type OutboundPolicy } from "@/lib/outbound";
import { seal, secretKeysOf, unseal } from "@/lib/secrets";
import { z } from "zod";
import type { ChannelKind } from "../schemas";
import { CONFIGS, SECRETS, type Configs } from "./schemas";

const placeOf = (channelId: string, name: string) => `notification_channel:${channelId}:${name}`;

export const outboundPolicy = (usualPorts: readonly number[]): OutboundPolicy => ({
  inside: config().HEADROOM_OUTBOUND_HOSTS,
  publicToo: true,
  usualPorts,
  setting: "HEADROOM_OUTBOUND_HOSTS",
});

export function sealSecrets(channelId: string, secrets: Readonly<Record<string, string>>): Record<string, string> {
  const keys = secretKeysOf(config());
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, seal(keys, value, placeOf(channelId, name))]));
}

export function openSecrets(channelId: string, sealed: Readonly<Record<string, string>>): Record<string, string> {
  const keys = secretKeysOf(config());
  return Object.fromEntries(Object.entries(sealed).map(([name, text]) => [name, unseal(keys, text, placeOf(channelId, name))]));
}

/** The configuration of its kind, with every address in it allowed. Throws `invalid` with the field. */
export function readConfig<K extends ChannelKind>(kind: K, input: Record<string, unknown>): Configs[K] {
  const parsed = CONFIGS[kind].safeParse(input);
  if (!parsed.success) throw invalidIn("config", parsed.error);
  if ("url" in parsed.data)
    guarded("config.url", () => requireOutboundUrl((parsed.data as { url: string }).url, outboundPolicy(WEB_PORTS)));
  if ("host" in parsed.data) {
    const { host, port } = parsed.data as Configs["smtp"];
    guarded("config.host", () => requireOutboundHost(host, port, outboundPolicy(MAIL_PORTS)));
  }
  return parsed.data as Configs[K];
}

/** Those that are given; `required`: none may be missing but a password. */
export function readSecrets(
  kind: ChannelKind,
  input: Readonly<Record<string, string>>,
  required: boolean,
): Record<string, string> {
  const shape: Record<string, z.ZodType<string>> = SECRETS[kind];
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ""));
  const schema = z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([name, one]) => [name, required && name !== "password" ? one : one.optional()]),
    ),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw invalidIn("secrets", parsed.error);
  const secrets = parsed.data as Record<string, string>;
  if (secrets["url"] !== undefined) guarded("secrets.url", () => requireOutboundUrl(secrets["url"]!, outboundPolicy(WEB_PORTS)));
  return secrets;
}

function invalidIn(part: string, error: z.ZodError): AppError {
  const [issue] = error.issues;
  const field = [part, ...issue!.path].join(".");
  return new AppError("invalid", `${field}: ${issue!.message}`, { field });
}

function guarded(field: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (error instanceof AppError) throw new AppError("invalid", error.message, { field });
    throw error;
  }
}
