/** Who sent this request: a bearer API key, or a person's session. Throws `unauthenticated` otherwise. */
import { createHash } from "node:crypto";
import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { Actor, ApiScope } from "./actor";

export async function resolveActor(request: Request, db: Db, now: Date): Promise<Actor> {
  const header = request.headers.get("authorization");
  if (header) {
    const key = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
    if (!key) throw new AppError("unauthenticated", 'The Authorization header must be "Bearer <API key>".');
    return actorOfKey(key, db, now);
  }
  throw new AppError("unauthenticated", "Sign in, or send an API key as Authorization: Bearer <key>.");
}

async function actorOfKey(key: string, db: Db, now: Date): Promise<Actor> {
  const hash = createHash("sha256").update(key).digest("hex");
  const found = await db.prisma.apiKey.findUnique({ where: { hash } });
  if (!found || found.revokedAt || (found.expiresAt && found.expiresAt <= now)) {
    throw new AppError("unauthenticated", "This API key is unknown, expired or revoked.");
  }
  return {
    kind: "api_key",
    id: found.id,
    name: found.name,
    role: found.scopes.includes("admin") ? "admin" : "viewer",
    tenants: found.tenantId ? [found.tenantId] : "all",
    scopes: found.scopes as ApiScope[],
  };
}
