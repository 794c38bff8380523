/** The one guard of every address that a person can set: which host may be asked, and at which address it is asked. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { AppError } from "@/lib/http";
import { isPublicAddress } from "./public-address";

/**
 * `inside`: hosts that an operator lists, `name` for its usual ports or `name:port`; they may be anywhere.
 * `publicToo`: besides them every host of the public internet, else only they.
 */
export interface OutboundPolicy {
  inside: readonly string[];
  publicToo: boolean;
  usualPorts: readonly number[];
  /** The setting that lists them, for the message. */
  setting: string;
}

export interface Pinned {
  address: string;
  family: 4 | 6;
}

export type FindAddresses = (hostname: string) => Promise<Pinned[]>;

const findByDns: FindAddresses = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));

export const WEB_PORTS: readonly number[] = [80, 443];
export const MAIL_PORTS: readonly number[] = [25, 465, 587];

/** `[::1]` as a URL says it, `::1` as a socket does. */
const bareHost = (hostname: string) => hostname.replace(/^\[|\]$/g, "").toLowerCase();

function isListed(host: string, port: number, { inside, usualPorts }: OutboundPolicy): boolean {
  const shown = host.includes(":") ? `[${host}]` : host;
  return inside.some((one) => {
    const listed = one.toLowerCase();
    return listed === `${shown}:${port}` || (listed === shown && usualPorts.includes(port));
  });
}

/** Throws `invalid` for a host that may not be asked. Looks at the name only: what it resolves to is looked at before each call. */
export function requireOutboundHost(hostname: string, port: number, policy: OutboundPolicy): void {
  const host = bareHost(hostname);
  if (isListed(host, port, policy)) return;
  const literal = isIP(host) !== 0;
  if (policy.publicToo && (literal ? isPublicAddress(host) : !/(^|\.)localhost\.?$/.test(host))) return;
  const reason = policy.publicToo ? "is inside a private network or this machine" : "is not among the hosts that may be asked";
  throw new AppError("invalid", `${host}:${port} ${reason}. An operator can add it to ${policy.setting}.`);
}

/**
 * The address to connect to, found once: the caller connects to it and to no other, so that a name which answers
 * differently a moment later leads nowhere else. Throws `invalid` when any address of the name is not allowed.
 */
export async function findAddress(
  hostname: string,
  port: number,
  policy: OutboundPolicy,
  find: FindAddresses = findByDns,
): Promise<Pinned> {
  requireOutboundHost(hostname, port, policy);
  const host = bareHost(hostname);
  const found = isIP(host) ? [{ address: host, family: isIP(host) === 6 ? (6 as const) : (4 as const) }] : await find(host);
  const [first] = found;
  if (!first) throw new Error(`${host} has no address.`);
  if (!isListed(host, port, policy) && found.some(({ address }) => !isPublicAddress(address))) {
    throw new AppError(
      "invalid",
      `${host}:${port} leads to an address inside a private network or this machine. An operator can add it to ${policy.setting}.`,
    );
  }
  return first;
}
