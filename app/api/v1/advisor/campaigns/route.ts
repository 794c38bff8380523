import { createCampaign, listCampaigns } from "@/lib/advisor/governance";
import { createCampaignSchema } from "@/lib/advisor/governance/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const dynamic = "force-dynamic";

export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => ({ campaigns: await listCampaigns(ctx) }));

export const POST = route({ role: "analyst", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createCampaign(ctx, await readJson(request, createCampaignSchema)), { status: 201 }),
);
