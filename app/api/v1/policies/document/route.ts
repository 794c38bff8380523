import { z } from "zod";
import { route } from "@/lib/auth/route";
import { readPolicy } from "@/lib/policies/store";
import { refOf } from "../ref-of";

const version = z.coerce.number().int().min(1).optional();

/** What one scope says of one kind; `version` absent: what is in force. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url: { searchParams } }) =>
  readPolicy(ctx, refOf(searchParams), version.parse(searchParams.get("version") ?? undefined)),
);
