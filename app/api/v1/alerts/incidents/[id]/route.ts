import { getIncident } from "@/lib/alerts";
import { route } from "@/lib/auth/route";
import { idOf } from "../../ids";

/** An incident with its history and comments. */
export const GET = route<{ id: string }>({ role: "viewer", scope: "read" }, ({ ctx, params }) =>
  getIncident(ctx, idOf(params, "incident")),
);
