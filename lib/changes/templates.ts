/**
 * What is changed most often, as policy edits for a chosen scope. Pure: a template writes into what the scope says already
 * and touches nothing else of it; people may still edit what comes out.
 */
import { scopeName } from "../policies/store/schemas";
import type { PolicyKind } from "../policies/kinds";
import type { AnyScope } from "../policies/schemas";

type Document = Record<string, unknown>;

/** Where a template is used: what the scope says now, and what applies there. */
export interface TemplatePlace {
  scope: AnyScope;
  /** Layer document of the scope by kind; absent: it says nothing. */
  documents: Partial<Record<PolicyKind, Document>>;
  /** Effective policy by kind, where the scope is. */
  effective: Document;
}

export interface TemplateField {
  id: string;
  label: string;
  hint?: string;
  type: "number" | "choice" | "text";
  /** Of a choice; empty: there is nothing to choose, and `missing` of the template says why. */
  options?: readonly string[];
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  /** What it is until somebody says otherwise. */
  usual: string;
}

export type TemplateValues = Readonly<Record<string, string>>;

export interface TemplateEdit {
  kind: PolicyKind;
  scope: AnyScope;
  document: Document;
}

export interface ChangeTemplate {
  id: string;
  name: string;
  /** What it is good for, in one sentence. */
  gain: string;
  /** What can go wrong, in one sentence. */
  risk: string;
  of: "gateways" | "engines";
  /** Controls in order; a later one may depend on what was chosen in an earlier one. */
  fields: (place: TemplatePlace, values: TemplateValues) => TemplateField[];
  /** Why it cannot be used here; null: it can. */
  missing?: (place: TemplatePlace) => string | null;
  edits: (place: TemplatePlace, values: TemplateValues) => TemplateEdit[];
  /** "Cap answers of tenant acme at 500 tokens" */
  title: (place: TemplatePlace, values: TemplateValues) => string;
}

// ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────

const isTree = (value: unknown): value is Document => typeof value === "object" && value !== null && !Array.isArray(value);

/** `patch` laid into `document`, key by key; what the patch does not name stays. */
export function laidInto(document: Document, patch: Document): Document {
  const result = { ...document };
  for (const [key, value] of Object.entries(patch)) {
    const kept = result[key];
    result[key] = isTree(value) ? laidInto(isTree(kept) ? kept : {}, value) : value;
  }
  return result;
}

const at = (node: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isTree(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), node);

const editOf = ({ scope, documents }: TemplatePlace, kind: PolicyKind, patch: Document): TemplateEdit => ({
  kind,
  scope,
  document: laidInto(documents[kind] ?? {}, patch),
});

/** "everywhere", "for tenant acme", "on pool llama-8b" */
function where({ scope }: TemplatePlace): string {
  if (scope.level === "global") return "everywhere";
  return `${scope.level === "pool" || scope.level === "node" ? "on" : "for"} ${scopeName(scope)}`;
}

/** What a person chose, else the usual. A choice that is no longer offered is not kept. */
export function valuesOf(template: ChangeTemplate, place: TemplatePlace, chosen: TemplateValues): TemplateValues {
  let values: Record<string, string> = {};
  // Later fields depend on earlier ones, so they are settled one after the other.
  for (let index = 0; ; index++) {
    const field = template.fields(place, values)[index];
    if (field === undefined) return values;
    const wanted = chosen[field.id];
    const offered = wanted !== undefined && (field.options === undefined || field.options.includes(wanted));
    values = { ...values, [field.id]: offered ? wanted : field.usual };
  }
}

const number = (values: TemplateValues, id: string): number => Number(values[id]);

// ── routes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const routesOf = ({ effective }: TemplatePlace): [name: string, route: Document][] => {
  const routes = at(effective, "routing", "routes");
  return isTree(routes) ? Object.entries(routes).filter((entry): entry is [string, Document] => isTree(entry[1])) : [];
};

/** Heaviest first: who answers now. */
function targetsOf(place: TemplatePlace, route: string | undefined): string[] {
  const targets = at(place.effective, "routing", "routes", route ?? "", "targets");
  if (!isTree(targets)) return [];
  const weight = (target: unknown) => Number(at(target, "weight") ?? 0);
  return Object.entries(targets)
    .sort(([, a], [, b]) => weight(b) - weight(a))
    .map(([name]) => name);
}

/** Routes between different models: nodes of one pool are not a small and a large model. */
const cascadable = (place: TemplatePlace): string[] =>
  routesOf(place)
    .filter(([, { targets }]) => isTree(targets) && new Set(Object.values(targets).map((target) => at(target, "model"))).size > 1)
    .map(([name]) => name);

const NO_ROUTE = "No route here has two models. Add the small one to a route with weight 0 first.";

// ── the templates ────────────────────────────────────────────────────────────────────────────────────────────────────

const smallModelFirst: ChangeTemplate = {
  id: "small-model-first",
  name: "Small model first",
  gain: "A cheap model answers; only what it cannot do goes to the large one.",
  risk: "Escalated requests cost and wait twice. Streams are not cascaded.",
  of: "gateways",
  missing: (place) => (cascadable(place).length === 0 ? NO_ROUTE : null),
  fields: (place, values) => {
    const routes = cascadable(place);
    const targets = targetsOf(place, values["route"]);
    const others = targets.filter((target) => target !== values["first"]);
    return [
      { id: "route", label: "Route", type: "choice", options: routes, usual: routes[0] ?? "" },
      { id: "first", label: "Answers first", type: "choice", options: targets, usual: targets.at(-1) ?? "" },
      { id: "escalateTo", label: "Answers when it is not good enough", type: "choice", options: others, usual: others[0] ?? "" },
    ];
  },
  edits: (place, { route = "", first, escalateTo }) => [
    editOf(place, "routing", {
      routes: {
        [route]: {
          cascade: {
            first,
            escalateTo,
            when: { truncated: true, invalidJson: true, phrases: ["I don't know", "I am not sure", "I cannot help"] },
          },
        },
      },
    }),
  ],
  title: (place, { route, first }) => `Route ${route} tries ${first} first ${where(place)}`,
};

const ttlField = (usual: string): TemplateField => ({
  id: "ttlSec",
  label: "Answers are kept for",
  type: "number",
  unit: "s",
  min: 1,
  max: 2_592_000,
  step: 1,
  usual,
});
const sharedField: TemplateField = {
  id: "scope",
  label: "Shared within",
  hint: "Tenant: an answer never leaves the tenant that asked.",
  type: "choice",
  options: ["tenant", "user"],
  usual: "tenant",
};

/** Answers that go stale are kept for minutes at most, as the check of policies advises. */
const ttlOf = ({ effective }: TemplatePlace): TemplateField =>
  ttlField(at(effective, "caching", "traits", "timeSensitive") === true ? "300" : "3600");

const exactCache: ChangeTemplate = {
  id: "exact-cache",
  name: "Exact cache",
  gain: "The same question is answered once and then for nothing.",
  risk: "Answers may be as old as they are kept.",
  of: "gateways",
  fields: (place) => [ttlOf(place), sharedField],
  edits: (place, values) => [
    editOf(place, "caching", { exact: { enabled: true, ttlSec: number(values, "ttlSec"), scope: values["scope"] } }),
  ],
  title: (place) => `Exact cache ${where(place)}`,
};

const semanticCache: ChangeTemplate = {
  id: "semantic-cache",
  name: "Semantic cache",
  gain: "Questions that mean the same share an answer.",
  risk: "A question that only looks alike gets a wrong answer; a sample of hits is generated too, to measure that.",
  of: "gateways",
  fields: ({ effective }) => {
    const embedding = at(effective, "caching", "semantic", "embedding");
    return [
      {
        id: "threshold",
        label: "Similarity from",
        hint: "Below 0.9 different questions share answers.",
        type: "number",
        min: 0.5,
        max: 1,
        step: 0.01,
        usual: "0.97",
      },
      ttlField("3600"),
      sharedField,
      {
        id: "upstream",
        label: "Upstream for embeddings",
        hint: "Its name in the gateway's own file.",
        type: "text",
        usual: String(at(embedding, "upstream") ?? embeddingTarget(effective, "upstream")),
      },
      {
        id: "model",
        label: "Embedding model",
        type: "text",
        usual: String(at(embedding, "model") ?? embeddingTarget(effective, "model")),
      },
    ];
  },
  edits: (place, values) => [
    editOf(place, "caching", {
      semantic: {
        enabled: true,
        threshold: number(values, "threshold"),
        ttlSec: number(values, "ttlSec"),
        scope: values["scope"],
        embedding: { upstream: values["upstream"], model: values["model"] },
      },
    }),
  ],
  title: (place) => `Semantic cache ${where(place)}`,
};

/** A route that is named like embeddings knows who makes them. */
function embeddingTarget(effective: Document, key: string): string {
  const routes = at(effective, "routing", "routes");
  if (!isTree(routes)) return "";
  const route = Object.entries(routes).find(([name]) => /embed/i.test(name))?.[1];
  const targets = at(route, "targets");
  return isTree(targets) ? String(at(Object.values(targets)[0], key) ?? "") : "";
}

const capOutputs: ChangeTemplate = {
  id: "cap-outputs",
  name: "Cap outputs",
  gain: "Answers end where nobody reads on; output tokens are the dear ones.",
  risk: "An answer that needs more is cut in the middle.",
  of: "gateways",
  fields: ({ effective }) => {
    const cap = at(effective, "tokens", "maxOutputTokens");
    return [
      {
        id: "maxOutputTokens",
        label: "Longest answer",
        hint: typeof cap === "number" ? `${cap} tokens now. A smaller limit of the client still wins.` : "No limit now.",
        type: "number",
        unit: "tokens",
        min: 1,
        max: 10_000_000,
        step: 1,
        usual: typeof cap === "number" ? String(Math.max(1, Math.round(cap * 0.75))) : "500",
      },
    ];
  },
  edits: (place, values) => [editOf(place, "tokens", { maxOutputTokens: number(values, "maxOutputTokens") })],
  title: (place, values) => `Cap answers at ${values["maxOutputTokens"]} tokens ${where(place)}`,
};

const backgroundLane: ChangeTemplate = {
  id: "background-lane",
  name: "Background lane",
  gain: "Work that nobody waits for fills the gaps instead of adding machines.",
  risk: "Requests of the route may wait as long as you allow.",
  of: "gateways",
  missing: (place) => (routesOf(place).length === 0 ? "No route applies here yet." : null),
  fields: (place) => {
    const routes = routesOf(place).map(([name]) => name);
    return [
      { id: "route", label: "Route", type: "choice", options: routes, usual: routes[0] ?? "" },
      { id: "maxWaitSec", label: "Waits at most", type: "number", unit: "s", min: 1, max: 86_400, step: 1, usual: "3600" },
      { id: "concurrency", label: "Calls at once", type: "number", min: 1, max: 1_000, step: 1, usual: "4" },
    ];
  },
  edits: (place, values) => [
    editOf(place, "batching", {
      background: { enabled: true, maxWaitSec: number(values, "maxWaitSec"), concurrency: number(values, "concurrency") },
    }),
    editOf(place, "routing", { routes: { [values["route"] ?? ""]: { lane: "batch" } } }),
  ],
  title: (place, { route }) => `Route ${route} goes to the background lane ${where(place)}`,
};

/** Number formats differ in what they need: FP8 converts weights while loading, INT8 and AWQ need converted ones. */
function quantization(id: "fp8" | "int8" | "awq", texts: Pick<ChangeTemplate, "gain" | "risk">): ChangeTemplate {
  const name = id.toUpperCase();
  return {
    id,
    name: `${name} weights`,
    ...texts,
    of: "engines",
    fields: () =>
      id === "fp8"
        ? [
            {
              id: "kvCacheDtype",
              label: "KV cache",
              hint: "fp8 holds twice the conversations in the same memory.",
              type: "choice",
              options: ["auto", "fp8"],
              usual: "auto",
            },
          ]
        : [
            {
              id: "model",
              label: `${name} checkpoint`,
              hint: `${name} weights are made beforehand. Empty: the model in force has them.`,
              type: "text",
              usual: "",
            },
          ],
    edits: (place, values) => {
      const model = values["model"]?.trim();
      const kvCacheDtype = values["kvCacheDtype"];
      const served = at(place.effective, "engine", "servedModelName") ?? at(place.effective, "engine", "model");
      return [
        editOf(place, "engine", {
          quantization: id,
          ...(kvCacheDtype && kvCacheDtype !== "auto" ? { kvCacheDtype } : {}),
          // Another checkpoint answers under the same name: routes need not change.
          ...(model ? { model, ...(typeof served === "string" ? { servedModelName: served } : {}) } : {}),
        }),
      ];
    },
    title: (place) => `${name} weights ${where(place)}`,
  };
}

const batchingLimits: ChangeTemplate = {
  id: "batching-limits",
  name: "Batching limits",
  gain: "More requests in one step: the same machine answers more of them.",
  risk: "Each request may be slower, and too much at once fills the KV cache.",
  of: "engines",
  fields: ({ effective }) => {
    const now = (key: string) => {
      const value = at(effective, "engine", key);
      return typeof value === "number" ? value : null;
    };
    const field = (id: string, label: string, min: number, max: number, usual: number): TemplateField => ({
      id,
      label,
      type: "number",
      min,
      max,
      step: 1,
      hint: now(id) === null ? "The engine's own default now." : `${now(id)} now.`,
      usual: String(Math.min(max, now(id) === null ? usual : 2 * now(id)!)),
    });
    return [
      field("maxNumSeqs", "Sequences at once", 1, 65_536, 128),
      field("maxNumBatchedTokens", "Tokens in one step", 64, 4_194_304, 16_384),
    ];
  },
  edits: (place, values) => [
    editOf(place, "engine", {
      maxNumSeqs: number(values, "maxNumSeqs"),
      maxNumBatchedTokens: number(values, "maxNumBatchedTokens"),
    }),
  ],
  title: (place, values) => `Batches of ${values["maxNumSeqs"]} sequences ${where(place)}`,
};

export const CHANGE_TEMPLATES: readonly ChangeTemplate[] = [
  smallModelFirst,
  exactCache,
  semanticCache,
  capOutputs,
  backgroundLane,
  quantization("fp8", {
    gain: "Half the weight memory and faster steps on Ada, Hopper, Blackwell and AMD; quality hardly moves.",
    risk: "Needs an evaluation that passed; engines restart.",
  }),
  quantization("int8", {
    gain: "Half the weight memory on GPUs before Ada.",
    risk: "Needs an evaluation that passed; engines restart.",
  }),
  quantization("awq", {
    gain: "A quarter of the weight memory: a larger model on the same GPU.",
    risk: "4-bit: two people approve, an evaluation must have passed, and large batches may become slower.",
  }),
  batchingLimits,
];
