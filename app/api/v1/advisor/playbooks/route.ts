import { getPlaybook } from "@/lib/advisor/playbooks";
import { playbookFilterSchema } from "@/lib/advisor/playbooks/schemas";
import { route } from "@/lib/auth/route";

export const dynamic = "force-dynamic";

/** How far every endpoint is in a playbook, worked out from findings, changes and the ledger. `?playbook=A` */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, url }) =>
  getPlaybook(ctx, playbookFilterSchema.parse(Object.fromEntries(url.searchParams))),
);
