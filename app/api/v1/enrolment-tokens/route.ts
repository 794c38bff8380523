import { route } from "@/lib/auth/route";
import { createEnrolmentToken, listEnrolmentTokens } from "@/lib/fleet";
import { createEnrolmentTokenSchema } from "@/lib/fleet/schemas";
import { readJson } from "@/lib/http";

export const GET = route({ role: "lead", scope: "admin" }, async ({ ctx }) => ({
  enrolmentTokens: await listEnrolmentTokens(ctx),
}));

/** The answer holds the token, once: `no-store`. */
export const POST = route({ role: "lead", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createEnrolmentToken(ctx, await readJson(request, createEnrolmentTokenSchema)), {
    status: 201,
    headers: { "cache-control": "no-store" },
  }),
);
