import { actOnFinding, getFinding } from "@/lib/advisor/findings";
import { findingActionSchema } from "@/lib/advisor/findings/schemas";
import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { readJson } from "@/lib/http";

export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getFinding(ctx, requireUuid(params.id, "finding")),
);

/** `{"action":"draft"}`, `start`, `dismiss` with a reason, or `reopen`. */
export const POST = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, request, params }) =>
  actOnFinding(ctx, requireUuid(params.id, "finding"), await readJson(request, findingActionSchema)),
);
