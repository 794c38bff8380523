import { route } from "@/lib/auth/route";
import { readCoverage } from "@/lib/telemetry/otlp";

export const dynamic = "force-dynamic";

/** What senders counted (OTLP metrics) against what came as spans: `?from=…&to=…`, at most 7 days. */
export const GET = route({ role: "analyst", scope: "read" }, ({ ctx, url }) =>
  readCoverage(ctx, Object.fromEntries(url.searchParams)),
);
