/**
 * Read a policy file and say everything that is wrong with it, before anything runs from it. A layer is only a part of a
 * policy, so the whole is checked at every place where layers meet.
 */
import type { z } from "zod";
import { pointerTo } from "./layer-tree";
import { mergeLayers, rank } from "./merge";
import { gatewayPolicyFileSchema, gatewayPolicySchema, type GatewayPolicyFile, type PolicyLayer, type Scope } from "./schemas";
import { suggestKey } from "./suggest-key";
import { validatePolicy, type KnownWorld, type PolicyProblem } from "./validate";

export interface FileProblem extends PolicyProblem {
  /** Where it applies, in words: "everywhere", "tenant acme, endpoint support.answer". */
  where: string;
}

export interface CheckedPolicyFile {
  /** Null when there is any error: then the caller keeps what it runs from. */
  file: GatewayPolicyFile | null;
  problems: FileProblem[];
}

/** About 70 ms of a running gateway's time. Of more places each layer is checked alone first, and the rest is said. */
const MOST_PLACES = 500;

/** `environment`: check as that environment only; without it, as every one that the file names. */
export function checkPolicyFile(input: unknown, known: KnownWorld & { environment?: string } = {}): CheckedPolicyFile {
  const parsed = gatewayPolicyFileSchema.safeParse(input);
  if (!parsed.success) return { file: null, problems: inWords(parsed.error, "in the file") };
  const file = parsed.data;
  const problems = [...sameScopeTwice(file.layers), ...inEveryPlace(file.layers, known)];
  return { file: problems.some((problem) => problem.severity === "error") ? null : file, problems };
}

/** What a schema says is wrong, one sentence each, unknown keys with the one that was probably meant. */
export function inWords(error: z.ZodError, where: string): FileProblem[] {
  return error.issues.map((issue) => {
    const path = issue.path.reduce<string>((pointer, key) => pointerTo(pointer, String(key)), "");
    return { severity: "error", where, path: path || "/", message: message(issue) };
  });
}

function message(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `Unknown key "${key}"${suggestKey(key)}.`).join(" ");
  if (issue.code === "invalid_key") return issue.issues.map((inner) => inner.message).join(" ");
  if (issue.message.endsWith("received undefined")) return "It is missing: neither this layer nor a broader one sets it.";
  return issue.message;
}

const nameOf = (scope: Scope) => (scope.level === "global" ? "everywhere" : `${scope.level} ${scope.value}`);

/** Which of two layers for one scope wins would depend on their order in the file. */
function sameScopeTwice(layers: readonly PolicyLayer[]): FileProblem[] {
  const seen = new Map<string, number>();
  return layers.flatMap(({ scope }, index) => {
    const first = seen.get(nameOf(scope));
    seen.set(nameOf(scope), first ?? index);
    if (first === undefined) return [];
    return {
      severity: "error",
      where: nameOf(scope),
      path: `/layers/${index}/scope`,
      message: `Layer ${first} has this scope already. Put both into one.`,
    };
  });
}

function inEveryPlace(layers: readonly PolicyLayer[], known: KnownWorld & { environment?: string }): FileProblem[] {
  const { places, complete } = placesOf(layers, known.environment);
  const found = new Map<string, FileProblem>();
  for (const place of places) {
    const where =
      place
        .filter((layer) => layer.scope.level !== "global")
        .map((layer) => nameOf(layer.scope))
        .join(", ") || "everywhere";
    const whole = gatewayPolicySchema.safeParse(mergeLayers(place).document);
    const problems = whole.success
      ? validatePolicy(whole.data, known).map((problem) => ({ ...problem, where }))
      : inWords(whole.error, where);
    // Places come broad first: what is wrong everywhere is said once, not again for each tenant.
    for (const problem of problems) {
      const key = JSON.stringify([problem.path, problem.message]);
      if (!found.has(key)) found.set(key, problem);
    }
  }
  if (!complete) {
    const message = `The scopes of this file meet in more than ${MOST_PLACES} places; only that many were checked.`;
    found.set("places", { severity: "warning", where: "in the file", path: "/layers", message });
  }
  return [...found.values()];
}

/** Every set of layers that can apply together, fewest layers first. */
function placesOf(
  layers: readonly PolicyLayer[],
  environment: string | undefined,
): { places: PolicyLayer[][]; complete: boolean } {
  const relevant = [...layers]
    .filter(({ scope }) => scope.level !== "environment" || environment === undefined || scope.value === environment)
    .sort((a, b) => rank(a.scope) - rank(b.scope));
  let places: PolicyLayer[][] = [[]];
  let complete = true;
  for (const level of new Set(relevant.map(({ scope }) => scope.level))) {
    const options = relevant.filter(({ scope }) => scope.level === level);
    // A gateway is always under global and in its one environment; a tenant or endpoint may be one without a layer.
    const always = level === "global" || (level === "environment" && environment !== undefined);
    const more = options.flatMap((layer) => places.map((place) => [...place, layer]));
    const next = always ? more : [...places, ...more];
    complete &&= next.length <= MOST_PLACES;
    places = next.sort((a, b) => a.length - b.length).slice(0, MOST_PLACES);
  }
  return { places, complete };
}
