import { z } from "zod";
import { withdrawTerm } from "@/lib/allocation";
import { route } from "@/lib/auth/route";
import { AppError } from "@/lib/http";

/** Takes a term back; hours that it spoke for are allocated anew. */
export const POST = route<{ id: string }>({ role: "admin", scope: "admin" }, ({ ctx, params: { id } }) => {
  if (!z.uuid().safeParse(id).success) throw new AppError("not_found", "There is no such GPU cost term.");
  return withdrawTerm(ctx, id);
});
