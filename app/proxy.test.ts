import { pathToFileURL } from "node:url";
import type { NextConfig } from "next";
import { NextRequest } from "next/server";
import { beforeEach, describe, expect, it, vi } from "vitest";

/** Settings are read once per process, so each case loads the proxy afresh. */
async function load(env: Record<string, string>) {
  vi.resetModules();
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return import("../proxy");
}

const page = (path: string, cookie?: string) =>
  new NextRequest(`http://localhost:3000${path}`, cookie ? { headers: { cookie } } : {});

beforeEach(() => vi.unstubAllEnvs());

describe("proxy", () => {
  it("sends people without a session to sign in, and back afterwards", async () => {
    const { proxy } = await load({ NODE_ENV: "production" });
    const response = proxy(page("/explore?metric=cost_usd"));
    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toBe("http://localhost:3000/sign-in?next=%2Fexplore%3Fmetric%3Dcost_usd");
    expect(proxy(page("/sign-in")).headers.get("location")).toBeNull();
    expect(proxy(page("/explore", "headroom.session=x")).headers.get("location")).toBeNull();
  });

  it("lets only scripts with this page's nonce run", async () => {
    const { proxy } = await load({ NODE_ENV: "production" });
    const [first, second] = [proxy(page("/sign-in")), proxy(page("/sign-in"))].map((response) =>
      response.headers.get("content-security-policy")!,
    );
    const scripts = /script-src ([^;]*)/.exec(first!)![1]!;
    expect(scripts).toMatch(/^'self' 'nonce-[A-Za-z0-9+/]{22}==' 'strict-dynamic'$/);
    expect(second).not.toBe(first);
    for (const rule of [
      "default-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]) {
      expect(first).toContain(rule);
    }
  });

  it("asks for https, and for a prefixed cookie, only where the console is served over it", async () => {
    const plain = await load({ NODE_ENV: "production" });
    expect(plain.proxy(page("/sign-in")).headers.get("strict-transport-security")).toBeNull();
    const secure = await load({ NODE_ENV: "production", HEADROOM_URL: "https://finops.example" });
    const response = secure.proxy(page("/sign-in"));
    expect(response.headers.get("strict-transport-security")).toMatch(/^max-age=63072000/);
    expect(response.headers.get("content-security-policy")).toContain("upgrade-insecure-requests");
    expect(secure.proxy(page("/explore", "headroom.session=x")).status).toBe(307);
    expect(secure.proxy(page("/explore", "__Host-headroom.session=x")).status).toBe(200);
  });

  it("covers every page and leaves the API and static files alone", async () => {
    const { config } = await load({ NODE_ENV: "production" });
    const matches = (path: string) => new RegExp(`^${config.matcher[0]}$`).test(path);
    for (const path of ["/", "/sign-in", "/explore", "/tenants/acme.corp", "/apis"])
      expect([path, matches(path)]).toEqual([path, true]);
    for (const path of ["/api/v1/query", "/healthz", "/metrics", "/_next/static/a.js", "/icon.svg"])
      expect([path, matches(path)]).toEqual([path, false]);
  });
});

describe("headers that never change", () => {
  it("are set on every answer", async () => {
    const { default: nextConfig } = (await import(pathToFileURL("next.config.js").href)) as { default: NextConfig };
    const [rule] = await nextConfig.headers!();
    expect(rule!.source).toBe("/:path*");
    const headers = Object.fromEntries(rule!.headers.map((header) => [header.key, header.value]));
    expect(headers).toMatchObject({
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Referrer-Policy": "strict-origin-when-cross-origin",
      "Cross-Origin-Opener-Policy": "same-origin",
    });
    expect(headers["Permissions-Policy"]).toContain("camera=()");
  });
});
