import { route } from "@/lib/auth/route";
import { createSuite } from "@/lib/evaluations/create-suite";
import { listSuites } from "@/lib/evaluations/list-suites";
import { suiteDraftSchema } from "@/lib/evaluations/schemas";
import { readJson } from "@/lib/http";

/** Names and figures of suites; no prompts, which may come from anybody's traffic. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx }) => listSuites(ctx));

export const POST = route({ role: "lead", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createSuite(ctx, await readJson(request, suiteDraftSchema)), { status: 201 }),
);
