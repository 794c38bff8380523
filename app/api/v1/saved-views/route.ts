import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { createSavedView, listSavedViews } from "@/lib/workspace";
import { createSavedViewSchema } from "@/lib/workspace/schemas";

/** `?path=/explore` for the views of one page. */
export const GET = route({ role: "viewer" }, async ({ ctx, url }) => ({
  views: await listSavedViews(ctx, url.searchParams.get("path") ?? undefined),
}));

export const POST = route({ role: "analyst" }, async ({ ctx, request }) =>
  Response.json({ view: await createSavedView(ctx, await readJson(request, createSavedViewSchema)) }, { status: 201 }),
);
