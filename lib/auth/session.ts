/**
 * A session is an encrypted cookie that says who signed in and which epoch of theirs it belongs to. It grants nothing
 * by itself: role, tenants and "disabled" are read from the database (user-actor.ts), so a change takes hold at once.
 */
import { decode, encode } from "next-auth/jwt";
import { config } from "@/lib/config";

/** A working day. Sessions are not extended by use. */
export const SESSION_MAX_AGE_SEC = 12 * 3600;

export interface SessionClaims {
  userId: string;
  /** Must equal the user's `sessionEpoch`. */
  epoch: number;
}

export interface SessionCookie {
  name: string;
  options: { httpOnly: true; sameSite: "lax"; path: "/"; secure: boolean };
}

/** Over https the name says that only a secure origin may have set it. */
export function sessionCookie(publicUrl = config().publicUrl): SessionCookie {
  const secure = publicUrl.startsWith("https://");
  return {
    name: `${secure ? "__Host-" : ""}headroom.session`,
    options: { httpOnly: true, sameSite: "lax", path: "/", secure },
  };
}

export function sessionSecret(): string {
  const secret = config().HEADROOM_SECRET;
  if (!secret) throw new Error("HEADROOM_SECRET is not set. `npm start` makes one; or set at least 32 characters.");
  return secret;
}

export async function mintSession(claims: SessionClaims): Promise<string> {
  return encode({ token: { sub: claims.userId, epoch: claims.epoch }, secret: sessionSecret(), maxAge: SESSION_MAX_AGE_SEC });
}

/** The claims of a token that we made and that has not run out; undefined for anything else. */
export async function readSession(token: string): Promise<SessionClaims | undefined> {
  try {
    const claims = await decode({ token, secret: sessionSecret() });
    const epoch = claims?.["epoch"];
    if (!claims?.sub || typeof epoch !== "number") return undefined;
    return { userId: claims.sub, epoch };
  } catch {
    return undefined;
  }
}

/** The session token of a Cookie header. */
export function sessionTokenOf(cookieHeader: string | null, name = sessionCookie().name): string | undefined {
  for (const part of cookieHeader?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

/** The Set-Cookie value that puts a session into the browser. */
export async function sessionSetCookie(claims: SessionClaims): Promise<string> {
  const { name, options } = sessionCookie();
  const token = await mintSession(claims);
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${SESSION_MAX_AGE_SEC}${options.secure ? "; Secure" : ""}`;
}
