import { route } from "@/lib/auth/route";
import { readEffective } from "@/lib/policies/store";
import { policyPlaceSchema } from "@/lib/policies/store/schemas";

/** `?environment=…[&tenant=…][&endpoint=…]` of a gateway, `?pool=…` or `?node=…` of an engine. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) =>
  readEffective(ctx, policyPlaceSchema.parse(Object.fromEntries(url.searchParams))),
);
