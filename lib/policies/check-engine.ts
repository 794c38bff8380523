/** What engine policies say that cannot work, on every pool and node where their layers meet. Pure. */
import { inWords, type FileProblem } from "./check-policy-file";
import { checkHardware } from "./hardware";
import { effectiveEngine, mergeLayers } from "./merge";
import { wholeEngineSchema, type EngineLayer, type EnginePolicy } from "./schemas";
import type { PolicyProblem } from "./validate";

/** A machine that is known, by its agent or by its samples. */
export interface KnownNode {
  name: string;
  pool: string | null;
  gpuType: string | null;
  engine: string | null;
}

/** What is wrong in the same way on many nodes is said once, with all their names. */
export function checkEngineLayers(layers: readonly EngineLayer[], nodes: readonly KnownNode[]): FileProblem[] {
  const found = new Map<string, { problem: PolicyProblem; places: string[] }>();
  const add = (problem: PolicyProblem, place: string) => {
    const key = JSON.stringify([problem.severity, problem.path, problem.message]);
    const known = found.get(key);
    if (known) known.places.push(place);
    else found.set(key, { problem, places: [place] });
  };
  for (const { pool, node, known } of placesOf(layers, nodes)) {
    const where = node === null ? `pool ${pool}` : `node ${node}`;
    const applying = layers.filter(({ scope }) => scope.value === (scope.level === "pool" ? pool : node));
    const whole = wholeEngineSchema.safeParse(mergeLayers(applying).document);
    if (!whole.success) {
      for (const problem of inWords(whole.error, where)) add(problem, where);
      continue;
    }
    for (const problem of validateEngine(whole.data.engine)) add(problem, where);
    if (known) for (const problem of hardwareProblems(layers, known)) add(problem, where);
  }
  return [...found.values()].map(({ problem: { severity, path, message }, places }) => ({
    severity,
    path,
    message,
    where: places.length > 4 ? `${places.slice(0, 3).join(", ")} and ${places.length - 3} more` : places.join(", "),
  }));
}

function hardwareProblems(layers: readonly EngineLayer[], node: KnownNode): PolicyProblem[] {
  const { effective, stated } = effectiveEngine(layers, { pool: node.pool, node: node.name });
  const format = "quantization" in stated ? effective.quantization : null;
  const { refusals, warnings } = checkHardware(format, node.gpuType, node.engine);
  const path = "/engine/quantization";
  return [
    ...refusals.map((message) => ({ severity: "error" as const, path, message })),
    ...warnings.map((message) => ({ severity: "warning" as const, path, message })),
  ];
}

function validateEngine({ maxNumBatchedTokens, maxNumSeqs, gpuMemoryUtilization }: EnginePolicy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (maxNumBatchedTokens !== undefined && maxNumSeqs !== undefined && maxNumBatchedTokens < maxNumSeqs) {
    problems.push({
      severity: "error",
      path: "/engine/maxNumBatchedTokens",
      message: `A step of ${maxNumBatchedTokens} tokens has no room for ${maxNumSeqs} sequences: the engine would not start. Raise it to at least ${maxNumSeqs}.`,
    });
  }
  if (gpuMemoryUtilization !== undefined && gpuMemoryUtilization > 0.97) {
    problems.push({
      severity: "warning",
      path: "/engine/gpuMemoryUtilization",
      message: `${gpuMemoryUtilization} leaves hardly any memory for peaks; out-of-memory crashes follow. 0.9 is usual.`,
    });
  }
  return problems;
}

/** Each pool that a layer names, and each node under any layer, broad first. */
function placesOf(layers: readonly EngineLayer[], nodes: readonly KnownNode[]) {
  const named = (level: string) => new Set(layers.filter(({ scope }) => scope.level === level).map(({ scope }) => scope.value));
  const [pools, own] = [named("pool"), named("node")];
  const known = nodes.filter((node) => own.has(node.name) || (node.pool !== null && pools.has(node.pool)));
  const unknown = [...own].filter((name) => !known.some((node) => node.name === name));
  return [
    ...[...pools].map((pool) => ({ pool, node: null, known: null })),
    ...known.map((node) => ({ pool: node.pool, node: node.name, known: node })),
    ...unknown.map((node) => ({ pool: null, node, known: null })),
  ];
}
