/** One HTTP call to an address that a person set: guarded, pinned, without redirects, with limits of time and size. */
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { AppError } from "@/lib/http";
import { findAddress, requireOutboundHost, type FindAddresses, type OutboundPolicy } from "./find-address";

/** What came of the call is not known: it may have been heard. */
export class OutboundTimeout extends Error {}

export interface OutboundCall {
  url: string;
  method: "GET" | "POST" | "PUT";
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface OutboundOptions {
  policy: OutboundPolicy;
  timeoutMs: number;
  /** Of the answer. What is beyond it is not read. */
  mostBytes: number;
  signal?: AbortSignal;
  find?: FindAddresses;
  /** The connection is open, TLS included: what a caller may measure from. */
  onConnected?: () => void;
  /** Each piece of the body as it comes; it is in `text` all the same. */
  onChunk?: (chunk: Buffer, status: number) => void;
}

export interface OutboundAnswer {
  /** 3xx too: no redirect is followed. */
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  text: string;
  /** There was more than `mostBytes`. */
  cut: boolean;
}

const portOf = ({ port, protocol }: URL) => (port === "" ? (protocol === "https:" ? 443 : 80) : Number(port));

/** What a person may set as an address: http or https, no user, a host that may be asked. Throws `invalid`. */
export function requireOutboundUrl(url: string, policy: OutboundPolicy): URL {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new AppError("invalid", "An address starts with https:// or http://.");
  if (parsed.username || parsed.password) throw new AppError("invalid", "An address holds no user or password.");
  requireOutboundHost(parsed.hostname, portOf(parsed), policy);
  return parsed;
}

export async function sendOutbound(
  { url, method, headers, body }: OutboundCall,
  { policy, timeoutMs, mostBytes, signal, find, onConnected, onChunk }: OutboundOptions,
): Promise<OutboundAnswer> {
  const target = requireOutboundUrl(url, policy);
  const deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  const pinned = await findAddress(target.hostname, portOf(target), policy, find);
  const lookup: LookupFunction = (_hostname, options, done) =>
    options.all ? done(null, [pinned]) : done(null, pinned.address, pinned.family);
  const { request } = target.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(
      target,
      {
        method,
        // The next call may be to another address of the same name: no connection is kept.
        agent: false,
        lookup,
        signal: deadline,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const answer = (cut: boolean): OutboundAnswer => ({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, value?.toString()])),
          text: Buffer.concat(chunks).subarray(0, mostBytes).toString("utf8"),
          cut,
        });
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          onChunk?.(chunk, response.statusCode ?? 0);
          bytes += chunk.length;
          if (bytes <= mostBytes) return;
          resolve(answer(true));
          response.destroy();
        });
        response.on("end", () => resolve(answer(false)));
        response.on("error", reject);
      },
    );
    if (onConnected) {
      sent.once("socket", (socket) => socket.once(target.protocol === "https:" ? "secureConnect" : "connect", onConnected));
    }
    sent.on("error", (error) =>
      reject(deadline.aborted && !signal?.aborted ? new OutboundTimeout(`No answer within ${timeoutMs / 1_000} s`) : error),
    );
    sent.end(body);
  });
}
