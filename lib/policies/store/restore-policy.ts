import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { requireEditable } from "./access";
import { commitDirectly, documentOf, TRANSACTION, type SavedPolicy } from "./save-policy";
import { restorePolicySchema, type RestorePolicyInput } from "./schemas";
import { findVersion } from "./store";

/** What an old version said is said again, as a new version: history is not rewritten. */
export async function restorePolicy(ctx: Ctx, input: RestorePolicyInput): Promise<SavedPolicy> {
  const { version, ...draft } = restorePolicySchema.parse(input);
  requireEditable(ctx, draft);
  return ctx.db.prisma.$transaction(async (tx) => {
    const old = await findVersion(tx, draft, version);
    if (!old) throw new AppError("not_found", `There is no version ${version} of this policy.`);
    // Parsed again: it may have been saved before a stricter schema.
    const document = documentOf(draft.kind, old.document);
    const [saved] = await commitDirectly(tx, ctx, { ...draft, document, restoredFrom: version });
    return saved!;
  }, TRANSACTION);
}
