/** Who is looking at a page. Server components only. */
import { randomUUID } from "node:crypto";
import { cookies, headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import { db } from "@/lib/db";
import { createLogger } from "@/lib/log";
import { hasRole, type Ctx, type Role } from "./actor";
import { PATH_HEADER, signInPath } from "./paths";
import { readSession, sessionCookie } from "./session";
import { actorOfSession } from "./user-actor";

const log = createLogger("console");

/** The context of the signed-in person, or undefined. One look per request, however many components ask. */
export const findPageCtx = cache(async (): Promise<Ctx | undefined> => {
  const token = (await cookies()).get(sessionCookie().name)?.value;
  const claims = token ? await readSession(token) : undefined;
  if (!claims) return undefined;
  const database = db();
  const now = new Date();
  const actor = await actorOfSession(claims, database, now);
  return actor && { actor, db: database, now, log: log.child({ requestId: randomUUID() }) };
});

/** The context of the signed-in person; everybody else is sent to the sign-in page and comes back afterwards. */
export async function getPageCtx(): Promise<Ctx> {
  const ctx = await findPageCtx();
  if (!ctx) redirect(signInPath((await headers()).get(PATH_HEADER)));
  return ctx;
}

/** As `getPageCtx`, for pages of `role` and above. For others the page does not exist. */
export async function requirePageRole(role: Role): Promise<Ctx> {
  const ctx = await getPageCtx();
  if (!hasRole(ctx.actor, role)) notFound();
  return ctx;
}
