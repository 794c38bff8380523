import { route } from "@/lib/auth/route";
import { importLitellm } from "@/lib/pricing/manage";
import { readBody } from "@/lib/telemetry";

/** LiteLLM's file is some 1.5 MB. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** LiteLLM's model_prices_and_context_window.json as the body: the second book. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  importLitellm(ctx, (await readBody(request, LIMIT_BYTES)).toString("utf8")),
);
