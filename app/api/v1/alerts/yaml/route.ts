import { z } from "zod";
import { exportRules, importRules } from "@/lib/alerts";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";

/** The rules as a YAML file. */
export const GET = route({ role: "analyst", scope: "read" }, async ({ ctx }) => {
  const headers = {
    "content-type": "application/yaml; charset=utf-8",
    "content-disposition": 'attachment; filename="alert-rules.yaml"',
  };
  return new Response(await exportRules(ctx), { headers });
});

/** `{"yaml":"version: 1\nrules:\n…"}`: all of it or nothing, with every bad line named. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) => {
  const { yaml } = await readJson(request, z.strictObject({ yaml: z.string().min(1).max(200_000) }));
  return importRules(ctx, yaml);
});
