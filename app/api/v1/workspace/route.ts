import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { litellmMappingSchema, parseLitellmMapping } from "@/lib/telemetry/litellm";
import { otlpMappingSchema, parseOtlpMapping } from "@/lib/telemetry/otlp";
import { loadWorkspace, updateWorkspace, type Workspace } from "@/lib/workspace";
import { updateWorkspaceSchema } from "@/lib/workspace/schemas";

/** The mapping is shown with its defaults filled in, so that a form can edit every rule. */
const shown = (workspace: Workspace) => ({
  workspace: {
    ...workspace,
    otlpMapping: parseOtlpMapping(workspace.otlpMapping),
    litellmMapping: parseLitellmMapping(workspace.litellmMapping),
  },
});

export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => shown(await loadWorkspace(ctx.db)));

const patchSchema = updateWorkspaceSchema.extend({
  otlpMapping: otlpMappingSchema.optional(),
  litellmMapping: litellmMappingSchema.optional(),
});

export const PATCH = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  shown(await updateWorkspace(ctx, await readJson(request, patchSchema))),
);
