/** Signing in with email and password. One answer for "no such user", "wrong password" and "disabled". */
import { appendAudit } from "@/lib/audit";
import type { Db } from "@/lib/db";
import { AppError } from "@/lib/http";
import type { Logger } from "@/lib/log";
import type { Role } from "./actor";
import { verifyPassword } from "./password";
import type { SessionClaims } from "./session";
import { countSignInTry, forgiveSignInTries } from "./sign-in-limit";

/** Nobody is acting yet, so there is no ctx: only where, when, and how many tries are allowed. */
export interface SignInDeps {
  db: Db;
  now: Date;
  log: Logger;
  /** Tries per address and email in 15 minutes. */
  limit: number;
}

export interface PasswordSignIn {
  email: string;
  password: string;
  address: string;
}

export async function signInWithPassword(deps: SignInDeps, input: PasswordSignIn): Promise<SessionClaims> {
  const { db, now, log } = deps;
  const attempt = { email: normaliseEmail(input.email), address: input.address };
  await countSignInTry(db, attempt, deps.limit, now);
  const user = await db.prisma.user.findUnique({ where: { email: attempt.email } });
  const fits = await verifyPassword(input.password, user?.passwordHash ?? null);
  if (!user || !fits || user.disabledAt) {
    log.warn({ email: attempt.email, address: attempt.address }, "sign-in refused");
    throw new AppError("unauthenticated", "Email or password is wrong, or the account is disabled.");
  }
  await forgiveSignInTries(db, attempt, now);
  await noteSignIn(db, user, now, "password");
  return { userId: user.id, epoch: user.sessionEpoch };
}

/** Signing in leaves its trace in the audit chain, in the name of the person. */
export async function noteSignIn(
  db: Db,
  user: { id: string; name: string; role: string },
  now: Date,
  method: "password" | "oidc",
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    await tx.user.update({ where: { id: user.id }, data: { lastSignInAt: now } });
    const actor = { kind: "user" as const, id: user.id, name: user.name, role: user.role as Role, tenants: [] };
    await appendAudit(tx, { actor, now }, { action: "user.sign_in", subject: `user:${user.id}`, data: { method } });
  });
}

/** Addresses are compared in lower case everywhere; they are stored so. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}
