/** A target for tests: says exactly what it is told to, with the protocol's own signatures. */
import { generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import type { EnrolResponse, PublicKey, SigningKey, SyncRequest, SyncResponse } from "@/lib/protocol";
import { makeSyncToken } from "@/lib/protocol/sync-token";

export interface Answered {
  status: number;
  body: SyncResponse & { code?: string; detail?: string };
  retryAfter: string | null;
}

export function newKeyPair(): { key: KeyObject; publicKey: PublicKey } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { key: privateKey, publicKey: publicKey.export({ format: "jwk" }) as unknown as PublicKey };
}

export class TestTarget {
  readonly pair = newKeyPair();
  id = "";
  bootId: string = randomUUID();
  seq = -1;
  said: Partial<SyncRequest> = {};
  /** The console's keys, as enrolment gave them. */
  keys: SigningKey[] = [];

  constructor(
    public url: string,
    readonly name: string,
  ) {}

  async enrol(token: string, over: object = {}): Promise<{ status: number; body: EnrolResponse & { detail?: string } }> {
    const response = await fetch(`${this.url}/api/fleet/v1/enrol`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        protocol: 1,
        token,
        name: this.name,
        connector: "engine",
        publicKey: this.pair.publicKey,
        version: "1.0.0",
        capabilities: ["restartEngine"],
        hardware: { gpuType: "H100", gpuCount: 8, model: "llama", engine: "vllm" },
        ...over,
      }),
    });
    const body = (await response.json()) as EnrolResponse;
    if (response.ok) Object.assign(this, { id: body.nodeId, keys: body.signingKeys });
    return { status: response.status, body };
  }

  word(over: Partial<SyncRequest> = {}): SyncRequest {
    this.seq += 1;
    return {
      nodeId: this.id,
      bootId: this.bootId,
      seq: this.seq,
      version: "1.0.0",
      capabilities: ["restartEngine"],
      running: null,
      lastAttempt: null,
      health: { ok: true, crashes: 0, figures: {} },
      effectiveHash: null,
      leaseEpoch: null,
      ...(this.seq === 0 ? { hardware: null } : {}),
      ...this.said,
      ...over,
    };
  }

  /** The next word. `sentAt`: by the target's clock. */
  sync(over: Partial<SyncRequest> = {}, how: { sentAt?: Date; signal?: AbortSignal; key?: KeyObject } = {}): Promise<Answered> {
    return this.send(this.word(over), how);
  }

  async send(word: SyncRequest, how: { sentAt?: Date; signal?: AbortSignal; key?: KeyObject } = {}): Promise<Answered> {
    const body = JSON.stringify(word);
    const token = await makeSyncToken(how.key ?? this.pair.key, { nodeId: this.id, body, now: how.sentAt ?? new Date() });
    return this.post(body, token, how.signal);
  }

  async post(body: string, token: string, signal?: AbortSignal): Promise<Answered> {
    const response = await fetch(`${this.url}/api/fleet/v1/sync`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body,
      ...(signal ? { signal } : {}),
    });
    return {
      status: response.status,
      body: (await response.json()) as Answered["body"],
      retryAfter: response.headers.get("retry-after"),
    };
  }

  /** A start of its program. */
  boot(): void {
    this.bootId = randomUUID();
    this.seq = -1;
  }

  /** From now on it says that it runs this. */
  runs(desired: { generation: number; hash: string }, attempt = 1): void {
    const { generation, hash } = desired;
    this.said = {
      running: { generation, hash },
      effectiveHash: hash,
      lastAttempt: { generation, hash, attempt, status: "applied" },
    };
  }
}
