import { readBacktest } from "@/lib/alerts";
import { backtestSchema } from "@/lib/alerts/backtest/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

/** What a rule would have seen in the last days. Nothing is saved. */
export const POST = route({ role: "viewer", scope: "read" }, async ({ ctx, request }) =>
  readBacktest(ctx, await readJson(request, backtestSchema)),
);
