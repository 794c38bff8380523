/** What a whole policy says that cannot work, or hardly can. Shapes and ranges are the schema's; this is about meaning. */
import { decidesAnswer, SEMANTIC_TRAITS } from "./cache-key";
import { pointerTo } from "./layer-tree";
import type { BatchingPolicy, CachingPolicy, GatewayPolicy, Route, RoutingPolicy, TokensPolicy } from "./schemas";

/** An `error` is refused; a `warning` is said. `path` is a JSON pointer into the policy; the message says what to do. */
export interface PolicyProblem {
  severity: "error" | "warning";
  path: string;
  message: string;
}

/** What the gateway knows about its surroundings; what is absent is not checked. */
export interface KnownWorld {
  /** Names in the gateway's own file. */
  upstreams?: ReadonlySet<string>;
  /** Whether requests tell which tenant and which user they are from. */
  identifies?: { tenant: boolean; user: boolean };
  /** Most output tokens per model name. */
  maxOutputTokens?: Readonly<Record<string, number>>;
}

export function validatePolicy(policy: GatewayPolicy, known: KnownWorld = {}): PolicyProblem[] {
  return [
    ...routingProblems(policy.routing, policy.batching, known),
    ...cachingProblems(policy.caching, known),
    ...tokensProblems(policy.tokens, policy.routing, known),
    ...batchingProblems(policy.batching),
  ];
}

/** Problems under one path: `error("/ttl", "…")`. */
function collector(root: string) {
  const found: PolicyProblem[] = [];
  const add = (severity: PolicyProblem["severity"]) => (path: string, message: string) =>
    void found.push({ severity, path: root + path, message });
  return { found, error: add("error"), warning: add("warning") };
}

function routingProblems(routing: RoutingPolicy, batching: BatchingPolicy, known: KnownWorld): PolicyProblem[] {
  const routes = Object.entries(routing.routes).flatMap(([name, route]) => routeProblems(name, route, batching, known));
  return [...routes, ...ruleProblems(routing)];
}

function routeProblems(name: string, route: Route, batching: BatchingPolicy, known: KnownWorld): PolicyProblem[] {
  const { found, error, warning } = collector(pointerTo("/routing/routes", name));
  const ids = Object.keys(route.targets);
  const canary = route.canary?.target;
  const weighted = ids.filter((id) => route.targets[id]!.weight > 0);
  const servers = weighted.filter((id) => id !== canary);

  const mustExist = (path: string, id: string) => {
    if (!ids.includes(id))
      error(path, `Target "${id}" is not one of the targets of ${name} (${ids.join(", ") || "none"}). Add it or name another.`);
  };
  if (route.canary) mustExist("/canary/target", route.canary.target);
  if (route.cascade) {
    mustExist("/cascade/first", route.cascade.first);
    mustExist("/cascade/escalateTo", route.cascade.escalateTo);
  }
  if (route.shadow) mustExist("/shadow/target", route.shadow.target);
  route.fallback.order.forEach((id, index) => mustExist(`/fallback/order/${index}`, id));
  for (const [id, target] of Object.entries(route.targets)) {
    if (known.upstreams && !known.upstreams.has(target.upstream)) {
      const names = [...known.upstreams].join(", ") || "none";
      error(
        `${pointerTo("/targets", id)}/upstream`,
        `Upstream "${target.upstream}" is not in the gateway's own file, which has: ${names}.`,
      );
    }
  }

  if (ids.length === 0) error("/targets", `Route ${name} has no target. Add one, or unset the route with null.`);
  else if (!route.cascade && weighted.length === 0)
    error("/targets", `All weights of ${name} are 0: nobody would answer. Give one target a weight.`);
  else if (!route.cascade && servers.length === 0) {
    error(
      "/canary/target",
      `"${canary}" is the only target of ${name} with a weight: there is no control. Add the target it is compared with.`,
    );
  }
  if (route.canary && route.canary.sharePercent === 100) {
    warning(
      "/canary/sharePercent",
      "With 100 % nobody is left to compare with. Make it the target with the weight and unset the canary.",
    );
  }
  if (route.canary && route.sticky === "none") {
    warning(
      "/sticky",
      "With a canary and no stickiness one user gets both variants in turn. Use tenant, user, action or request.",
    );
  }
  if (canary !== undefined && route.fallback.order.includes(canary)) {
    warning("/fallback/order", `The canary "${canary}" is a fallback too: requests outside its share reach it when others fail.`);
  }
  if (route.cascade && route.cascade.first === route.cascade.escalateTo) {
    error("/cascade/escalateTo", "The cascade escalates to the target that already answered. Name another.");
  }
  if (route.cascade && !canEscalate(route.cascade.when)) {
    warning(
      "/cascade/when",
      `Nothing makes it escalate: "${route.cascade.first}" always answers. Set truncated, invalidJson, shorterThanChars or phrases.`,
    );
  }
  if (new Set(route.fallback.order).size < route.fallback.order.length) {
    error(
      "/fallback/order",
      "A target is named twice: it would fail twice. Name each once; for more tries raise retry.attempts.",
    );
  }
  if (route.fallback.order.length > 0 && route.fallback.on.length === 0) {
    warning("/fallback/on", "No cause is named, so the fallbacks are never used. Add timeout, 5xx, 429 or network.");
  }
  if (route.retry.budgetPercent === 0 && (route.retry.attempts > 1 || route.fallback.order.length > 0)) {
    warning("/retry/budgetPercent", "With a budget of 0 % nothing is tried again. 10 % is usual.");
  }
  if (route.retry.budgetPercent > 50) {
    warning(
      "/retry/budgetPercent",
      `When an upstream fails, retries add up to ${route.retry.budgetPercent} % load to it. 10 % is usual.`,
    );
  }
  if (route.shadow && ids.includes(route.shadow.target)) {
    const { target } = route.shadow;
    const others = servers.filter((id) => id !== target);
    if (servers.includes(target) && others.length === 0) {
      error("/shadow/target", `"${target}" is the target that serves: a mirror of itself. Name another, with weight 0.`);
    } else if (servers.includes(target) || target === canary) {
      warning("/shadow/target", `"${target}" also serves users; requests it serves are not mirrored. Give a shadow weight 0.`);
    }
  }
  if (route.firstTokenTimeoutMs !== null && route.firstTokenTimeoutMs > route.timeoutMs) {
    warning("/firstTokenTimeoutMs", `It is longer than the whole attempt may take (${route.timeoutMs} ms) and never fires.`);
  }
  if (route.lane === "batch" && !batching.background.enabled) {
    warning("/lane", "The batch lane is off (batching.background.enabled): its requests are answered at once, at full price.");
  }
  return found;
}

const canEscalate = (when: NonNullable<Route["cascade"]>["when"]) =>
  when.truncated || when.invalidJson || when.shorterThanChars !== null || when.phrases.length > 0;

function ruleProblems(routing: RoutingPolicy): PolicyProblem[] {
  const { found, error, warning } = collector("/routing/rules");
  const ordered = Object.entries(routing.rules).sort(([a, x], [b, y]) => x.priority - y.priority || (a < b ? -1 : 1));
  let catchAll: string | undefined;
  for (const [id, rule] of ordered) {
    const at = pointerTo("", id);
    if (!Object.hasOwn(routing.routes, rule.route)) {
      error(`${at}/route`, `Rule ${id} sends to route "${rule.route}", which does not exist. Add the route or change the rule.`);
    }
    if ((rule.when.minInputTokens ?? 0) > (rule.when.maxInputTokens ?? Infinity)) {
      error(`${at}/when/minInputTokens`, `Rule ${id} can never match: its least input is more than its most.`);
    }
    if (catchAll !== undefined) warning(at, `Rule ${id} is never asked: ${catchAll} comes before it and takes everything.`);
    else if (Object.values(rule.when).every((value) => value === undefined)) catchAll = id;
  }
  return found;
}

function cachingProblems(caching: CachingPolicy, known: KnownWorld): PolicyProblem[] {
  const { found, error, warning } = collector("/caching");
  const { exact, semantic, retrieval, traits } = caching;
  for (const [layer, { enabled, scope }] of Object.entries({ exact, semantic, retrieval })) {
    if (!enabled || scope === "public" || !known.identifies) continue;
    const missing = !known.identifies.tenant ? "tenant" : scope === "user" && !known.identifies.user ? "user" : null;
    if (missing)
      error(
        `/${layer}/scope`,
        `Scope ${scope} needs to know the ${missing} of a request, and this gateway does not. Configure its identity.`,
      );
  }
  exact.volatileFields.forEach((field, index) => {
    if (decidesAnswer(field))
      error(`/exact/volatileFields/${index}`, `${field} decides the answer and cannot be left out of the key.`);
  });
  if (exact.enabled && traits.personalised && exact.scope !== "user") {
    error(
      "/exact/scope",
      "A personalised answer may be cached only in user scope. Set scope to user or turn the exact cache off.",
    );
  }
  if (exact.enabled && traits.timeSensitive && exact.ttlSec > 300) {
    warning("/exact/ttlSec", `Answers here go stale, and this keeps them for ${exact.ttlSec} s. At most 300 s is advised.`);
  }

  if (!semantic.enabled) return found;
  for (const trait of SEMANTIC_TRAITS.filter((name) => traits[name])) {
    error(
      "/semantic/enabled",
      `No semantic cache where traits.${trait} is set: a similar question is not the same question. Turn it off here.`,
    );
  }
  if (!semantic.embedding) error("/semantic/embedding", "The semantic cache needs an upstream and a model for embeddings.");
  else if (known.upstreams && !known.upstreams.has(semantic.embedding.upstream)) {
    error("/semantic/embedding/upstream", `Upstream "${semantic.embedding.upstream}" is not in the gateway's own file.`);
  }
  if (semantic.threshold < 0.9) {
    warning("/semantic/threshold", `Below 0.9 different questions share answers; ${semantic.threshold} is set. 0.97 is advised.`);
  }
  if (semantic.borderline !== null && semantic.borderline >= semantic.threshold) {
    error("/semantic/borderline", `The borderline band lies below the threshold of ${semantic.threshold}. Lower it or set null.`);
  }
  if (semantic.falseHitSamplePercent === 0) {
    warning("/semantic/falseHitSamplePercent", "With 0 % nobody sees false hits. 1 % is usual.");
  }
  return found;
}

function tokensProblems(tokens: TokensPolicy, routing: RoutingPolicy, known: KnownWorld): PolicyProblem[] {
  const { found, warning } = collector("/tokens");
  const cap = tokens.maxOutputTokens;
  const limits = known.maxOutputTokens ?? {};
  const models = new Set(
    Object.values(routing.routes).flatMap((route) => Object.values(route.targets).map((target) => target.model)),
  );
  for (const model of models) {
    const most = Object.hasOwn(limits, model) ? limits[model] : undefined;
    if (cap !== null && most !== undefined && cap > most) {
      warning("/maxOutputTokens", `${model} writes at most ${most} tokens and may refuse ${cap}. Lower the cap.`);
    }
  }
  if (tokens.onInputOver === "trim_history" && tokens.maxInputTokens === null) {
    warning("/onInputOver", "History is never trimmed, because maxInputTokens is not set.");
  }
  return found;
}

function batchingProblems({ embeddings }: BatchingPolicy): PolicyProblem[] {
  const { found, error } = collector("/batching/embeddings");
  const bounds = embeddings.lengthBuckets;
  if (bounds.some((bound, index) => index > 0 && bound <= bounds[index - 1]!)) {
    error("/lengthBuckets", `Upper bounds must rise; ${bounds.join(", ")} do not.`);
  }
  return found;
}
