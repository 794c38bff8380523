import { replaySchema } from "@/lib/advisor/replay/schemas";
import { getReplayOptions, runReplay } from "@/lib/advisor/replay/run-replay";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

/** What can be chosen: models, endpoints and tenants of the last seven days. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => getReplayOptions(ctx));

/** Last week's requests under another cache, rule, cap or price. Changes nothing. */
export const POST = route({ role: "analyst", scope: "read" }, async ({ ctx, request }) =>
  runReplay(ctx, await readJson(request, replaySchema)),
);
