import { createUser } from "@/lib/auth/create-user";
import { listUsers } from "@/lib/auth/list-users";
import { route } from "@/lib/auth/route";
import { createUserSchema } from "@/lib/auth/schemas";
import { readJson } from "@/lib/http";

export const GET = route({ role: "admin", scope: "admin" }, async ({ ctx }) => ({ users: await listUsers(ctx) }));

/** The answer holds a made password once: `no-store`, as every answer. */
export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json(await createUser(ctx, await readJson(request, createUserSchema)), {
    status: 201,
    headers: { "cache-control": "no-store" },
  }),
);
