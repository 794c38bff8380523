import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { silenceSchema } from "@/lib/notifications/routing/schemas";
import { createSilence, listSilences } from "@/lib/notifications/routing/silences";

export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listSilences(ctx));

export const POST = route({ role: "lead", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createSilence(ctx, await readJson(request, silenceSchema)), { status: 201 }),
);
