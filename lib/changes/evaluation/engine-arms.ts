/** What the engines run now and what they would run, for a change that edits them. */
import { effectiveEngine } from "@/lib/policies/merge";
import { policySetOf, withDrafts, type StoredDocument } from "@/lib/policies/store/policy-set";
import { loadHeads } from "@/lib/policies/store/store";
import { AppError } from "@/lib/http";
import type { Arm } from "@/lib/evaluations/schemas";
import { editName } from "../describe/policy-edits";
import type { PolicyEdit } from "../schemas";
import type { Reader } from "../store/rows";

export async function engineArms(reader: Reader, edits: readonly PolicyEdit[]): Promise<{ baseline: Arm; candidate: Arm }> {
  const engines = edits.filter(({ kind }) => kind === "engine");
  const [edit] = engines;
  if (!edit)
    throw new AppError("invalid", "It edits no engine: say where baseline and candidate answer.", { field: "candidate" });
  if (engines.length > 1) {
    const names = engines.map(editName).join(", ");
    throw new AppError(
      "invalid",
      `It edits several engines (${names}): say where baseline and candidate answer, or make one change each.`,
    );
  }
  const heads = await loadHeads(reader);
  const place = await placeOf(reader, edit.scope);
  const settingsOf = (documents: readonly StoredDocument[]) =>
    effectiveEngine(policySetOf(documents).engine, place).effective as Record<string, unknown>;
  const arm = (settings: Record<string, unknown>): Arm => ({ kind: "engine", simulated: true, pool: place.pool, settings });
  return {
    baseline: arm(settingsOf(heads)),
    candidate: arm(settingsOf(withDrafts(heads, edits as unknown as StoredDocument[]))),
  };
}

async function placeOf(
  reader: Reader,
  { level, value }: PolicyEdit["scope"],
): Promise<{ pool: string | null; node: string | null }> {
  if (level === "pool") return { pool: value, node: null };
  const target = await reader.target.findUnique({ where: { name: value ?? "" }, select: { poolId: true } });
  return { pool: target?.poolId ?? null, node: value };
}
