import { createBaseline, listBaselines } from "@/lib/advisor/governance";
import { createBaselineSchema } from "@/lib/advisor/governance/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const dynamic = "force-dynamic";

export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => ({ baselines: await listBaselines(ctx) }));

export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createBaseline(ctx, await readJson(request, createBaselineSchema)), { status: 201 }),
);
