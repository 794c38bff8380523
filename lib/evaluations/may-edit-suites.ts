import type { Ctx } from "@/lib/auth/actor";
import { AppError } from "@/lib/http";
import { checkProblem } from "./check-answer";
import type { GoldenCase } from "./schemas";

/** A suite decides for everybody what may be approved: nobody who sees only some tenants makes it easier. */
export function requireEverybodysLead({ actor }: Pick<Ctx, "actor">): void {
  if (actor.tenants === "all") return;
  throw new AppError("forbidden", "Suites are for all tenants, and you are limited to some. Ask a lead of the whole workspace.");
}

/** A pattern or schema that is none would fail every answer, of both arms, and so let everything pass. */
export function refuseBadChecks(cases: readonly GoldenCase[]): void {
  for (const { id, checks } of cases)
    for (const [at, check] of checks.entries()) {
      const problem = checkProblem(check);
      if (problem) throw new AppError("invalid", `Case ${id}, check ${at + 1} (${check.kind}): ${problem}`, { field: "cases" });
    }
}
