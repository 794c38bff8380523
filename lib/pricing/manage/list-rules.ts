import { requireRole, type Ctx } from "@/lib/auth/actor";
import { countRules, findRules } from "./rule-store";
import { viewRule } from "./rule-view";
import { listRulesSchema, type RulePage } from "./schemas";

/** The rules of the books, newest first; `asKnownOn` answers with the book as it was then. */
export async function listRules(ctx: Ctx, input: unknown): Promise<RulePage> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const { asKnownOn, standing, limit, ...filter } = listRulesSchema.parse(input);
  const known = asKnownOn ? new Date(asKnownOn) : ctx.now;
  const { tenants } = ctx.actor;
  const views = [];
  let before = filter.before;
  let more = true;
  // Standing is a matter of two dates and now: pages are filled until they are full or the book ends.
  while (views.length <= limit && more) {
    const rules = await findRules(ctx.db.pool, {
      ...filter,
      before,
      asKnownOn: known,
      withSuperseded: standing === "superseded",
      tenants,
      limit: 500,
    });
    more = rules.length === 500;
    before = rules.at(-1)?.id;
    // What was superseded after that date was in the book on it.
    const then = rules.map((rule) => ({
      ...rule,
      supersededAt: rule.supersededAt && rule.supersededAt <= known ? rule.supersededAt : null,
    }));
    views.push(...then.map((rule) => viewRule(rule, known)).filter((view) => !standing || view.standing === standing));
  }
  const items = views.slice(0, limit);
  return {
    items,
    next: views.length > limit ? items.at(-1)!.id : null,
    counts: await countRules(ctx.db.pool, tenants),
  };
}
