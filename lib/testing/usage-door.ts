/** The real `POST /api/v1/usage` handler against a test database. Import it before anything that reads the settings. */
import { createHash, randomBytes } from "node:crypto";
import { db, openDb, type Db } from "@/lib/db";
import { queues } from "@/lib/queue";
import type { UsageAnswer } from "@/lib/telemetry";

export interface UsageDoor {
  /** Another connection to the same database. */
  db: Db;
  key(options: { scopes?: string[]; tenantId?: string; expiresAt?: Date }): Promise<string>;
  post(body: BodyInit, headers?: Record<string, string>, query?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Set on 200 and 207. */
  usage: UsageAnswer;
  /** Set on refusals: problem JSON. */
  problem: { code: string; detail: string; field?: string };
}

export async function openUsageDoor(url: string, settings: Record<string, string> = {}): Promise<UsageDoor> {
  Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: "", ...settings });
  const { POST } = await import("@/app/api/v1/usage/route");
  const database = openDb(url, { max: 4 });
  await database.prisma.workspace.upsert({ where: { id: 1 }, create: { id: 1, name: "Test" }, update: {} });
  const key: UsageDoor["key"] = async ({ scopes = ["ingest"], tenantId, expiresAt }) => {
    const text = `hr_${randomBytes(32).toString("base64url")}`;
    if (tenantId) {
      await database.prisma.tenant.upsert({ where: { id: tenantId }, create: { id: tenantId, name: tenantId }, update: {} });
    }
    await database.prisma.apiKey.create({
      data: {
        name: "test",
        prefix: text.slice(0, 8),
        hash: createHash("sha256").update(text).digest("hex"),
        scopes,
        tenantId: tenantId ?? null,
        expiresAt: expiresAt ?? null,
      },
    });
    return text;
  };
  const ingestKey = await key({});
  return {
    db: database,
    key,
    post: async (body, headers = {}, query = "") => {
      const request = new Request(`http://localhost:3000/api/v1/usage${query}`, {
        method: "POST",
        headers: { authorization: `Bearer ${ingestKey}`, "content-type": "application/json", ...headers },
        body,
      });
      const response = await POST(request, { params: Promise.resolve({}) });
      const answer = (await response.json()) as unknown;
      return {
        status: response.status,
        headers: response.headers,
        usage: answer as UsageAnswer,
        problem: answer as Answer["problem"],
      };
    },
    close: async () => {
      await queues({ databaseUrl: url }).close();
      await db().close();
      await database.close();
    },
  };
}
