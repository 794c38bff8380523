/** Who sent this request: a bearer API key, or a person's session. Throws `unauthenticated` otherwise. */
import { config } from "@/lib/config";
import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { Actor } from "./actor";
import { actorOfKey } from "./key-actor";
import { requireSameOrigin } from "./same-origin";
import { readSession, sessionTokenOf } from "./session";
import { actorOfSession } from "./user-actor";

export async function resolveActor(request: Request, db: Db, now: Date): Promise<Actor> {
  const header = request.headers.get("authorization");
  if (header) {
    const key = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
    if (!key) throw new AppError("unauthenticated", 'The Authorization header must be "Bearer <API key>".');
    return actorOfKey(key, db, now);
  }
  const token = sessionTokenOf(request.headers.get("cookie"));
  const claims = token ? await readSession(token) : undefined;
  const actor = claims ? await actorOfSession(claims, db, now) : undefined;
  if (!actor) throw new AppError("unauthenticated", "Sign in, or send an API key as Authorization: Bearer <key>.");
  requireSameOrigin(request, config().publicUrl);
  return actor;
}
