/** Where signing in leads. Pure: proxy.ts, pages and the sign-in form share it. */

/** Set by proxy.ts on every page request: server components cannot see the address otherwise. */
export const PATH_HEADER = "x-headroom-path";

export const SIGN_IN = "/sign-in";
const HERE = "http://here.invalid";

/** Only a page of ours may be returned to. The URL parser decides, because browsers read `/\evil.example` as it does. */
export function safeNext(next: string | null | undefined): string {
  if (!next?.startsWith("/") || !URL.canParse(next, HERE)) return "/";
  const url = new URL(next, HERE);
  if (url.origin !== HERE || url.pathname === SIGN_IN || url.pathname.startsWith("/api/")) return "/";
  return `${url.pathname}${url.search}${url.hash}`;
}

export function signInPath(next: string | null | undefined): string {
  const target = safeNext(next);
  return target === "/" ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(target)}`;
}
