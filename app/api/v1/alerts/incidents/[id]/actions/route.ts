import { actOnIncident } from "@/lib/alerts";
import { actOnIncidentSchema } from "@/lib/alerts/incidents/schemas";
import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { idOf } from "../../../ids";

/** `{"action":"acknowledge"}` or `{"action":"resolve","note":"…"}` */
export const POST = route<{ id: string }>({ role: "lead", scope: "admin" }, async ({ ctx, request, params }) =>
  actOnIncident(ctx, idOf(params, "incident"), await readJson(request, actOnIncidentSchema)),
);
