import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { addSuiteVersion } from "@/lib/evaluations/add-suite-version";
import { suiteVersionSchema } from "@/lib/evaluations/schemas";
import { readJson } from "@/lib/http";

/** 409 when somebody else made a version since `baseVersion`. */
export const POST = route<{ id: string }>({ role: "lead", scope: "admin" }, async ({ ctx, params, request }) => {
  const id = requireUuid(params.id, "suite");
  return Response.json(await addSuiteVersion(ctx, id, await readJson(request, suiteVersionSchema)), { status: 201 });
});
