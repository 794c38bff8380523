import { z } from "zod";
import { route } from "@/lib/auth/route";
import { diffVersions } from "@/lib/policies/store";
import { refOf } from "../ref-of";

const versions = z.object({ from: z.coerce.number().int().min(0), to: z.coerce.number().int().min(0) });

/** `from=0`: against a scope that says nothing. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) => {
  const { from, to } = versions.parse({ from: searchParams.get("from"), to: searchParams.get("to") });
  return diffVersions(ctx, refOf(searchParams), from, to);
});
