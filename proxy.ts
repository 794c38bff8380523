/**
 * Runs before every page (not before the API, /healthz and /metrics, which answer for themselves): a fresh nonce for the
 * Content-Security-Policy, and a quick look whether there is a session at all. What the session is worth is decided
 * by `getPageCtx()` in the page. Next looks for this file in the root.
 */
import { randomBytes } from "node:crypto";
import { NextResponse, type NextRequest } from "next/server";
import { contentSecurityPolicy, STRICT_TRANSPORT_SECURITY } from "@/lib/auth/content-security";
import { PATH_HEADER, SIGN_IN, signInPath } from "@/lib/auth/paths";
import { sessionCookie } from "@/lib/auth/session";
import { config as settings } from "@/lib/config";

export function proxy(request: NextRequest): NextResponse {
  const { publicUrl, NODE_ENV } = settings();
  const https = publicUrl.startsWith("https://");
  const nonce = randomBytes(16).toString("base64");
  const policy = contentSecurityPolicy({ nonce, https, development: NODE_ENV === "development" });
  const { pathname, search } = request.nextUrl;

  const answer = (): NextResponse => {
    if (pathname !== SIGN_IN && !request.cookies.has(sessionCookie(publicUrl).name)) {
      return NextResponse.redirect(new URL(signInPath(`${pathname}${search}`), request.url));
    }
    const headers = new Headers(request.headers);
    headers.set(PATH_HEADER, `${pathname}${search}`);
    // Next reads the nonce from here and puts it on its own scripts.
    headers.set("content-security-policy", policy);
    headers.set("x-nonce", nonce);
    return NextResponse.next({ request: { headers } });
  };

  const response = answer();
  response.headers.set("content-security-policy", policy);
  if (https) response.headers.set("strict-transport-security", STRICT_TRANSPORT_SECURITY);
  return response;
}

export const config = {
  matcher: ["/((?!api/|healthz$|metrics$|_next/static|_next/image|.*\\.(?:svg|png|ico|txt|webmanifest)$).*)"],
};
