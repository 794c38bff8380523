/**
 * Who this target is: its key pair, its id and the keys it trusts, in `identity.json` (0600). Enrolled once; later starts
 * read it. The key pair is on disk before the console is asked, so a lost answer can be asked for again with the same key.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { connectorSchema, type Connector, type Hardware } from "../connectors";
import { enrolResponseSchema, PROTOCOL_VERSION, type EnrolRequest, type EnrolResponse } from "../enrol";
import { signingKeySchema, type PublicKey } from "../keys";
import { openDisk, replaceOn, type Disk } from "./disk";

const privateJwkSchema = z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() });

const identitySchema = z.object({
  schema: z.literal(1),
  nodeId: z.uuid(),
  name: z.string(),
  connector: connectorSchema,
  environment: z.string(),
  pool: z.string().nullable(),
  ingestKey: z.string().nullable().describe("API key with scope ingest of this target"),
  signingKeys: z.array(signingKeySchema).min(1).max(2),
  /** Of the newest key list that was taken. */
  keySerial: z.number().int().min(0),
  privateKey: privateJwkSchema,
  /** Made, told to the console, and not yet confirmed. */
  nextPrivateKey: privateJwkSchema.nullable(),
  keyMadeAt: z.iso.datetime(),
});
export type Identity = z.infer<typeof identitySchema>;

export interface EnrolOptions {
  stateDir: string;
  consoleUrl: string;
  /** Not needed by a target that is enrolled. */
  token: string | null;
  name: string;
  connector: Connector;
  program: { version: string };
  capabilities: readonly string[];
  hardware?: Hardware | null;
  simulated?: boolean;
  fetch?: typeof fetch;
  /** How long a console that is away is asked again. Default 60 s. */
  patienceMs?: number;
}

const IDENTITY = "identity.json";
const PENDING_KEY = "enrolling-key.json";

/** Null when this folder was never enrolled; throws when it is there and cannot be read. */
export async function loadIdentity(stateDir: string): Promise<Identity | null> {
  const text = await (await openDisk(stateDir)).read(IDENTITY);
  if (text === null) return null;
  const parsed = identitySchema.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    throw new Error(`${IDENTITY} in ${stateDir} is damaged. Remove that folder and enrol this target anew.`);
  }
  return parsed.data;
}

export const saveIdentity = (disk: Disk, identity: Identity): Promise<void> =>
  replaceOn(disk, IDENTITY, JSON.stringify(identity, null, 2));

/** The identity of an earlier start, else a new one from the console. Throws with what is to be done. */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const known = await loadIdentity(options.stateDir);
  if (known) {
    if (known.name === options.name && known.connector === options.connector) return known;
    throw new Error(
      `${options.stateDir} belongs to ${known.connector} ${known.name}, not to ${options.connector} ${options.name}. ` +
        "Give each target a folder of its own.",
    );
  }
  if (!options.token) {
    throw new Error(`${options.name} is not enrolled yet: make an enrolment token on the page Fleet and start it with that.`);
  }
  const disk = await openDisk(options.stateDir);
  const privateKey = await pendingKey(disk);
  const answer = await ask(options, {
    protocol: PROTOCOL_VERSION,
    token: options.token,
    name: options.name,
    connector: options.connector,
    publicKey: publicHalf(privateKey),
    version: options.program.version,
    capabilities: [...options.capabilities],
    hardware: options.hardware ?? null,
    simulated: options.simulated ?? false,
  });
  const identity: Identity = {
    schema: 1,
    nodeId: answer.nodeId,
    name: options.name,
    connector: options.connector,
    environment: answer.environment,
    pool: answer.pool,
    ingestKey: answer.ingestKey,
    signingKeys: answer.signingKeys,
    keySerial: answer.keySerial,
    privateKey,
    nextPrivateKey: null,
    keyMadeAt: answer.serverTime,
  };
  await saveIdentity(disk, identity);
  await disk.remove(PENDING_KEY);
  return identity;
}

export type PrivateJwk = z.infer<typeof privateJwkSchema>;

export function newPrivateKey(): PrivateJwk {
  return privateJwkSchema.parse(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
}

export const publicHalf = ({ kty, crv, x }: PrivateJwk): PublicKey => ({ kty, crv, x });

export const keyObject = (jwk: PrivateJwk): KeyObject => createPrivateKey({ key: { ...jwk }, format: "jwk" });

async function pendingKey(disk: Disk): Promise<PrivateJwk> {
  const text = await disk.read(PENDING_KEY);
  const earlier = text === null ? null : privateJwkSchema.safeParse(jsonOrNull(text));
  if (earlier?.success) return earlier.data;
  const made = newPrivateKey();
  await replaceOn(disk, PENDING_KEY, JSON.stringify(made));
  return made;
}

async function ask({ consoleUrl, fetch: fetchFrom = fetch, patienceMs = 60_000 }: EnrolOptions, request: EnrolRequest) {
  const giveUpAt = performance.now() + patienceMs;
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    const outcome = await askOnce(fetchFrom, new URL("/api/fleet/v1/enrol", consoleUrl), request);
    if ("answer" in outcome) return outcome.answer;
    if (!outcome.again || performance.now() + pauseMs > giveUpAt) throw new Error(outcome.why);
    await wait(pauseMs);
  }
}

type Outcome = { answer: EnrolResponse } | { again: boolean; why: string };

async function askOnce(fetchFrom: typeof fetch, url: URL, request: EnrolRequest): Promise<Outcome> {
  let response: Response;
  let text: string;
  try {
    response = await fetchFrom(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      // The token is for this console alone.
      redirect: "error",
      signal: AbortSignal.timeout(20_000),
    });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    return { again: true, why: `The console at ${url.origin} does not answer: ${cause}` };
  }
  const json = jsonOrNull(text);
  if (!response.ok) {
    const problem = z.object({ detail: z.string().optional(), title: z.string().optional() }).safeParse(json);
    const words = (problem.success && (problem.data.detail ?? problem.data.title)) || `it answers ${response.status}`;
    return { again: response.status === 429 || response.status >= 500, why: `The console refuses the enrolment: ${words}` };
  }
  const answer = enrolResponseSchema.safeParse(json);
  if (!answer.success) return { again: false, why: `${url.origin} answers, but not as a console of Headroom does.` };
  return { answer: answer.data };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
