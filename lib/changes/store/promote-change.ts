import type { Ctx } from "@/lib/auth/actor";
import type { Tx } from "@/lib/db";
import { commitDrafts } from "@/lib/policies/store/commit-drafts";
import { parseDocument, policyRefSchema } from "@/lib/policies/store/schemas";
import { editsOf } from "../describe/policy-edits";
import { contentOf } from "./rows";

/**
 * What everybody runs becomes what is in force: the heads move by compare-and-set, each new version by the change itself.
 * For the transaction in which its rollout ends. The lock on its blast domains kept the base versions where they were.
 */
export async function promoteChange(tx: Tx, ctx: Ctx, changeId: string): Promise<void> {
  const { number, title, content } = await tx.change.findUniqueOrThrow({ where: { id: changeId } });
  const author: Ctx["actor"] = {
    kind: "system",
    id: `change:${changeId}`,
    name: `Change ${number}`,
    role: "admin",
    tenants: "all",
  };
  const drafts = editsOf(contentOf({ content })).map(({ kind, scope, document, baseVersion }) => {
    const parsed = parseDocument(kind, document);
    if ("problems" in parsed) throw new Error(`Change ${number} was started with a document that is none.`);
    const ref = policyRefSchema.parse({ kind, scope });
    return { ...ref, document: parsed.document, baseVersion, message: `Change ${number}: ${title}` };
  });
  await commitDrafts(tx, { ...ctx, actor: author }, drafts, { kind: "change", changeId });
}
