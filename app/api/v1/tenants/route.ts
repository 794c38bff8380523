import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { createTenant, listTenants } from "@/lib/workspace";
import { createTenantSchema } from "@/lib/workspace/schemas";

export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx }) => ({ tenants: await listTenants(ctx) }));

export const POST = route({ role: "admin", scope: "admin" }, async ({ ctx, request }) =>
  Response.json({ tenant: await createTenant(ctx, await readJson(request, createTenantSchema)) }, { status: 201 }),
);
