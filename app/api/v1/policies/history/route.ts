import { z } from "zod";
import { route } from "@/lib/auth/route";
import { policyHistory } from "@/lib/policies/store";
import { refOf } from "../ref-of";

const before = z.coerce.number().int().min(1).nullable();

export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  policyHistory(ctx, refOf(searchParams), before.parse(searchParams.get("before"))),
);
