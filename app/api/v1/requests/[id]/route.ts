import { route } from "@/lib/auth/route";
import { explainRequest } from "@/lib/pricing";

/** One request: its attempts, each with its cost explained line by line, and the chain of its action. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, async ({ ctx, params, url }) =>
  explainRequest(ctx, decode(params.id), url.searchParams.get("tenant") ?? undefined),
);

/** Senders choose ids; one with a stray % is taken as it stands. */
function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
