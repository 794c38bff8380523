import { AppError } from "@/lib/http";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Cross-site request forgery: a request that changes something and is authenticated by a cookie must come from our own
 * pages. Browsers say so in Sec-Fetch-Site, and where they do not (plain http on a LAN address) in Origin, neither of
 * which a foreign page can forge. API keys do not come here: no browser sends them by itself.
 */
export function requireSameOrigin(request: Pick<Request, "method" | "headers">, publicUrl: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  if (isSameOrigin(request.headers, publicUrl)) return;
  throw new AppError("forbidden", "This request did not come from the console itself. Send an API key instead of a cookie.");
}

function isSameOrigin(headers: Headers, publicUrl: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  const origin = headers.get("origin");
  if (!origin || !URL.canParse(origin)) return false;
  return origin === new URL(publicUrl).origin || new URL(origin).host === headers.get("host");
}
