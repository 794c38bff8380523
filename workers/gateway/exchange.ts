/** One request of a client, read and identified. Everything later steps need to know about it, as values. */
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { CacheIdentity, GatewayPolicy } from "@/lib/policies";
import type { GatewayConfig } from "./config";
import { GatewayError } from "./gateway-error";
import { named, type Identify } from "./identify";
import type { RunningPolicy } from "./policy-source";
import { parseObject } from "./upstream-client";

export interface Exchange {
  requestId: string;
  identity: CacheIdentity;
  endpoint: string;
  feature: string | null;
  actionId: string | null;
  actionStep: string | null;
  taskType: string | null;
  promptVersion: string | null;
  /** The client asked for the batch lane. */
  wantsBatch: boolean;
  /** `cache-control: no-cache`: a fresh answer, which is then kept. */
  wantsFresh: boolean;
  /** `cache-control: no-store`: a fresh answer, which is not kept. */
  wantsNoStore: boolean;
  model: string;
  stream: boolean;
  body: Record<string, unknown>;
  requestHash: string;
  /** Epoch milliseconds. */
  startedAt: number;
  generation: number;
  policy: GatewayPolicy;
  /** A change is on trial and this request runs under it; null: no change is on trial. */
  arm: "control" | "canary" | null;
  /** Where the change on trial would have sent it, when a copy is to go there. */
  mirrored: GatewayPolicy | null;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
  /** Called when it is known which route it takes, for /metrics. */
  onRoute: (route: string) => void;
}

/** Everything of an exchange that headers say. */
export type Caller = Pick<
  Exchange,
  | "requestId"
  | "identity"
  | "endpoint"
  | "feature"
  | "actionId"
  | "actionStep"
  | "taskType"
  | "promptVersion"
  | "wantsBatch"
  | "wantsFresh"
  | "wantsNoStore"
>;

export function readCaller(
  request: IncomingMessage,
  prefix: string,
  identify: Identify,
  endpoints: GatewayConfig["endpoints"],
): Caller {
  const { headers } = request;
  const lane = named(headers, "x-headroom-lane");
  if (lane !== null && lane !== "batch" && lane !== "interactive")
    throw new GatewayError(400, "invalid_header", "x-headroom-lane is batch or interactive.");
  const byPath = prefix === "" ? endpoints.default : endpoints.paths[prefix];
  if (byPath === undefined) throw new GatewayError(404, "unknown_path", `No endpoint of this gateway is at ${prefix}.`);
  return {
    requestId: named(headers, "x-headroom-request-id") ?? newId(Date.now()),
    identity: identify(headers),
    endpoint: named(headers, "x-headroom-endpoint") ?? byPath,
    feature: named(headers, "x-headroom-feature"),
    actionId: named(headers, "x-headroom-action"),
    actionStep: named(headers, "x-headroom-action-step"),
    taskType: named(headers, "x-headroom-task-type"),
    promptVersion: named(headers, "x-headroom-prompt-version"),
    wantsBatch: lane === "batch",
    wantsFresh: /no-cache|no-store/i.test(headers["cache-control"] ?? ""),
    wantsNoStore: /no-store/i.test(headers["cache-control"] ?? ""),
  };
}

export function readExchange(
  caller: Caller,
  bytes: Buffer,
  policy: RunningPolicy,
  signal: AbortSignal,
  startedAt: number,
  onRoute: (route: string) => void,
): Exchange {
  const body = parseObject(bytes);
  if (!body) throw new GatewayError(400, "invalid_json", "The request body must be a JSON object.");
  const model = body["model"];
  if (typeof model !== "string" || model === "" || model.length > 200)
    throw new GatewayError(
      400,
      "model_missing",
      'Name a "model" (at most 200 characters): one of those that GET /v1/models lists.',
    );
  const { identity, requestId, endpoint, actionId } = caller;
  const place = { tenant: identity.tenant, endpoint };
  const { experiment } = policy;
  const inside = experiment?.includes({ requestId, tenant: identity.tenant, user: identity.user, actionId }) ?? false;
  const served = inside && experiment!.mode === "serve";
  // Field by field: spreading an object of this size is slow, and this is done for every request.
  return {
    requestId: caller.requestId,
    identity: caller.identity,
    endpoint: caller.endpoint,
    feature: caller.feature,
    actionId: caller.actionId,
    actionStep: caller.actionStep,
    taskType: caller.taskType,
    promptVersion: caller.promptVersion,
    wantsBatch: caller.wantsBatch,
    wantsFresh: caller.wantsFresh,
    wantsNoStore: caller.wantsNoStore,
    model,
    stream: body["stream"] === true,
    body,
    requestHash: createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    startedAt,
    generation: policy.generation,
    policy: served ? experiment!.policyFor(place) : policy.policyFor(place),
    arm: experiment === null ? null : served ? "canary" : "control",
    mirrored: inside && !served ? experiment!.policyFor(place) : null,
    signal,
    onRoute,
  };
}

/** This run of this process, and how many ids it has made. */
const run = randomBytes(8).toString("hex");
let made = 0;

/** Begins with the time, so that rows land together in the console's index. */
export function newId(now: number): string {
  made += 1;
  return `${now.toString(36).padStart(9, "0")}-${run}-${made.toString(36)}`;
}

export function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => new GatewayError(413, "body_too_large", `The request body is larger than ${limit} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > limit) return Promise.reject(tooLarge());
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      // The rest is read and thrown away, not destroyed: the answer goes back on the same connection.
      if (bytes > limit) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", reject);
    // After an end this changes nothing any more.
    request.on("close", () => reject(new Error("The client left in the middle of its question.")));
  });
}
