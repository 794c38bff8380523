import { changeOwnPassword } from "@/lib/auth/change-own-password";
import { route } from "@/lib/auth/route";
import { changePasswordSchema } from "@/lib/auth/schemas";
import { sessionSetCookie } from "@/lib/auth/session";
import { readJson } from "@/lib/http";

/** Every other session of the person ends; this browser gets a fresh one. */
export const POST = route({ role: "viewer" }, async ({ ctx, request }) => {
  const claims = await changeOwnPassword(ctx, await readJson(request, changePasswordSchema));
  return new Response(null, { status: 204, headers: { "set-cookie": await sessionSetCookie(claims) } });
});
