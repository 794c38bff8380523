import { route } from "@/lib/auth/route";
import { receiveLitellm } from "@/lib/telemetry/litellm";

export const dynamic = "force-dynamic";

/** LiteLLM's generic API callback, in every body shape: kept as it came, answered at once, read by a worker. */
export const POST = route({ role: "lead", scope: "ingest" }, async ({ ctx, request }) =>
  Response.json(await receiveLitellm(ctx, request), { headers: { "cache-control": "no-store" } }),
);
