import { documentChoice } from "@/lib/advisor/governance";
import { endpointChoiceSchema } from "@/lib/advisor/governance/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

export const PUT = route<{ endpoint: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params, request }) => {
  await documentChoice(ctx, decodeURIComponent(params.endpoint), await readJson(request, endpointChoiceSchema));
  return new Response(null, { status: 204 });
});
