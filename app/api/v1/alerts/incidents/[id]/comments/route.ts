import { commentIncident } from "@/lib/alerts";
import { commentIncidentSchema } from "@/lib/alerts/incidents/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { idOf } from "../../../ids";

export const POST = route<{ id: string }>({ role: "analyst", scope: "admin" }, async ({ ctx, request, params }) =>
  Response.json(await commentIncident(ctx, idOf(params, "incident"), await readJson(request, commentIncidentSchema)), {
    status: 201,
  }),
);
