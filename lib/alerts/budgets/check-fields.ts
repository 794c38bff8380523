/** What keeps a budget from being saved, beyond its shape: who asks, what gateways can know, what is priced. Pure. */
import { hasRole, type Actor } from "@/lib/auth/actor";
import { covers } from "@/lib/changes/store/people";
import { CAP_DIMENSIONS } from "@/lib/protocol/budget-caps";
import type { BudgetFields } from "./schemas";
import { scopeWords, tenantsOfScope } from "./scope";

export interface FieldProblem {
  field: string;
  message: string;
}

export function problemsOf(fields: BudgetFields, actor: Actor): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!covers(actor.tenants, tenantsOfScope(fields.scope))) {
    problems.push({ field: "scope", message: "You are limited to some tenants: choose one or more of them." });
  }
  if (fields.currency !== "USD") {
    problems.push({
      field: "currency",
      message: `Spend is kept in USD and there is no exchange rate for ${fields.currency}. Use USD.`,
    });
  }
  if (fields.hard && !hasRole(actor, "lead")) {
    problems.push({
      field: "hard",
      message: "A hard budget refuses requests: this needs the role lead. Save it soft and ask a lead.",
    });
  }
  const unknown = fields.hard ? fields.scope.filter(({ dimension }) => !isKnownToGateways(dimension)) : [];
  if (unknown.length > 0) {
    problems.push({
      field: "scope",
      message: `Gateways do not know the ${scopeWords(unknown)} of a request before they answer it. A hard budget is scoped by ${CAP_DIMENSIONS.join(", ")}.`,
    });
  }
  return problems;
}

const isKnownToGateways = (dimension: string): boolean => (CAP_DIMENSIONS as readonly string[]).includes(dimension);
