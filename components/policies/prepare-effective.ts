/** The effective policy as lines to read: what, value, and who said so. Routes and rules are blocks with a summary. Pure. */
import { shown, unitOf, words } from "@/lib/policies/words";
import { isBranch, pointerTo, WHOLE_KEYS } from "@/lib/policies/layer-tree";
import type { AnyScope, Route, RoutingRule } from "@/lib/policies/schemas";

export interface EffectiveLine {
  path: string;
  depth: number;
  label: string;
  /** Null: a heading over the lines that follow it. */
  value: string | null;
  /** Null: the product's default. */
  source: AnyScope | null;
}

export interface EffectiveBlock {
  path: string;
  /** Null: the lines stand in the section itself. */
  title: string | null;
  summary: string;
  lines: EffectiveLine[];
  /** Scopes that set something in it, broad first as they come. */
  sources: AnyScope[];
}

export interface EffectiveSection {
  kind: string;
  blocks: EffectiveBlock[];
  /** Values that were left out because nobody set them. */
  hiddenDefaults: number;
}

interface Context {
  provenance: Readonly<Record<string, AnyScope>>;
  showDefaults: boolean;
}

export function prepareEffective(
  effective: Record<string, unknown>,
  provenance: Readonly<Record<string, AnyScope>>,
  showDefaults: boolean,
): EffectiveSection[] {
  return Object.entries(effective).map(([kind, document]) => {
    const context = { provenance, showDefaults };
    const made =
      kind === "routing" ? routingBlocks(document, context) : [blockOf(pointerTo("", kind), null, "", document, context)];
    return {
      kind,
      blocks: made.map(({ block }) => block).filter(({ title, lines }) => title !== null || lines.length > 0),
      hiddenDefaults: made.reduce((sum, { hidden }) => sum + hidden, 0),
    };
  });
}

function routingBlocks(routing: unknown, context: Context): { block: EffectiveBlock; hidden: number }[] {
  const { routes, rules } = routing as { routes: Record<string, Route>; rules: Record<string, RoutingRule> };
  return [
    ...Object.entries(routes).map(([name, route]) =>
      blockOf(pointerTo("/routing/routes", name), name, routeInWords(route), route, context),
    ),
    ...Object.entries(rules)
      .sort(([a, x], [b, y]) => x.priority - y.priority || (a < b ? -1 : 1))
      .map(([name, rule]) => blockOf(pointerTo("/routing/rules", name), `Rule ${name}`, ruleInWords(rule), rule, context)),
  ];
}

/** "gpt-4.1-mini 75 %, flash 25 %; canary new 5 %; then sonnet; 30 s" */
export function routeInWords(route: Route): string {
  const weights = Object.entries(route.targets).filter(([id, { weight }]) => weight > 0 && id !== route.canary?.target);
  const total = weights.reduce((sum, [, { weight }]) => sum + weight, 0);
  const share = ([id, { weight }]: (typeof weights)[number]) =>
    weights.length === 1 ? id : `${id} ${Number(((weight / total) * 100).toFixed(1))} %`;
  const even = weights.length > 2 && weights.every(([, { weight }]) => weight === weights[0]![1].weight);
  const served = route.cascade
    ? `${route.cascade.first}, then ${route.cascade.escalateTo} if not good enough`
    : even
      ? `${weights.length} targets share evenly`
      : weights.map(share).join(", ");
  const others = route.fallback.order.filter((id) => !weights.some(([name]) => name === id));
  return [
    served || "nobody answers",
    route.canary ? `canary ${route.canary.target} ${route.canary.sharePercent} %` : "",
    route.shadow ? `mirrored to ${route.shadow.target}` : "",
    others.length > 0 ? `falls back to ${others.join(", ")}` : "",
    route.lane === "batch" ? "batch lane" : "",
    `${route.timeoutMs / 1_000} s`,
  ]
    .filter(Boolean)
    .join("; ");
}

function ruleInWords({ when, route }: RoutingRule): string {
  const conditions = Object.entries(when).filter(([, value]) => value !== undefined);
  const said = conditions.map(([key, value]) => `${words(key)} ${shown(value, unitOf(key))}`).join(", ");
  return `${said === "" ? "everything" : said} → ${route}`;
}

function blockOf(path: string, title: string | null, summary: string, document: unknown, context: Context) {
  const block: EffectiveBlock = { path, title, summary, lines: [], sources: [] };
  const hidden = addLines(block, document, path, 0, context);
  return { block, hidden };
}

/** How many values were left out. */
function addLines(block: EffectiveBlock, node: unknown, path: string, depth: number, context: Context): number {
  if (!isBranch(node)) return 0;
  let hidden = 0;
  for (const [key, value] of Object.entries(node)) {
    const at = pointerTo(path, key);
    // Names of targets are shown as they are; the keys of the schema become words.
    const label = path.endsWith("/targets") ? key : words(key);
    if (isBranch(value) && !WHOLE_KEYS.has(key)) {
      const heading = block.lines.length;
      block.lines.push({ path: at, depth, label, value: null, source: null });
      hidden += addLines(block, value, at, depth + 1, context);
      // A heading over nothing says nothing.
      if (block.lines.length === heading + 1) block.lines.pop();
      continue;
    }
    const source = context.provenance[at] ?? null;
    if (source !== null && !block.sources.some((one) => one.level === source.level)) block.sources.push(source);
    if (source === null && !context.showDefaults) hidden += 1;
    else block.lines.push({ path: at, depth, label, value: shownOrNone(value, key), source });
  }
  return hidden;
}

const shownOrNone = (value: unknown, key: string) => (value === null || value === undefined ? "none" : shown(value, unitOf(key)));
