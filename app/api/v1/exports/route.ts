import { route } from "@/lib/auth/route";
import { createExport, listExports } from "@/lib/exports";
import { createExportSchema } from "@/lib/exports/schemas";
import { readJson } from "@/lib/http";

export const dynamic = "force-dynamic";

export const GET = route({ role: "analyst", scope: "read" }, ({ ctx }) => listExports(ctx));

/** Begins a file in the background: `{"kind":"focus","month":"2026-11","version":"1.4","format":"csv"}` and others. */
export const POST = route({ role: "analyst", scope: "read" }, async ({ ctx, request }) =>
  Response.json(await createExport(ctx, await readJson(request, createExportSchema)), { status: 201 }),
);
