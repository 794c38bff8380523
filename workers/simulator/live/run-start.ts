/**
 * One start of an endpoint, done for real: its requests go to the company's gateway. What no gateway can see is reported
 * as an application's SDK would: lookups in the retrieval cache of two companies' own RAG libraries, and what people
 * thought of results.
 */
import { answerFromCache, callModel, type Answer, type Ask, type Scene } from "../attempts";
import { wireOutcome } from "../generate";
import type { Recipe } from "../recipes";
import { askGateway } from "./ask-gateway";
import type { Repeats } from "./repeats";
import type { Reports } from "./reports";
import { writePrompt } from "./write-prompt";

const USERS = 40;
/** Share of streams whose reader leaves. */
const LEAVING = 0.003;

export interface StartDeps {
  /** Gateway name → its address. */
  gateways: Readonly<Record<string, string>>;
  /** Tenant → the key of its applications at the gateways. */
  keys: Readonly<Record<string, string>>;
  reports: Pick<Reports, "usage" | "outcome">;
  stopping: AbortSignal;
  /** Resolves at this moment. */
  until: (atMs: number) => Promise<void>;
}

export async function runStart(deps: StartDeps, repeats: Repeats, recipe: Recipe, scene: Scene, startMs: number): Promise<void> {
  await deps.until(startMs);
  const user = `user-${scene.random.zipf(USERS) + 1}`;
  const steps = recipe(scene, startMs);
  let step = steps.next();
  while (!step.done) {
    if (deps.stopping.aborted) return;
    step = steps.next(await Promise.all(step.value.map((ask) => answer(deps, repeats, scene, user, ask))));
  }
  for (const outcome of step.value) {
    deps.reports.outcome(outcome.atMs, wireOutcome(outcome, scene.tenant.id, scene.random));
  }
}

async function answer(deps: StartDeps, repeats: Repeats, scene: Scene, user: string, ask: Ask): Promise<Answer> {
  await deps.until(ask.call.startMs);
  if (ask.call.missed === "retrieval") return fromLibrary(deps, scene, ask);
  const { random, tenant, endpoint } = scene;
  const requestId = `req-${random.hex(16)}`;
  const place = `${tenant.id} ${endpoint} ${ask.call.step ?? ""}`;
  const { seed, call, reworded } = repeats.choose(place, ask, random, Date.now());
  const { ok, missed, endMs } = await askGateway({
    ...writePrompt(scene, call, seed, reworded),
    url: deps.gateways[tenant.gateway]!,
    headers: {
      authorization: `Bearer ${deps.keys[tenant.id]}`,
      "x-headroom-request-id": requestId,
      "x-headroom-endpoint": endpoint,
      "x-headroom-feature": call.feature,
      "x-headroom-user": user,
      ...(call.actionId ? { "x-headroom-action": call.actionId } : {}),
      ...(call.step ? { "x-headroom-action-step": call.step } : {}),
      ...(call.batch ? { "x-headroom-lane": "batch" } : {}),
    },
    leaves: call.stream === true && random.chance(LEAVING),
  });
  return { requestId, endMs, ok: ok && !missed };
}

/** The company's RAG library asked its own cache; what it found, its SDK reports. */
function fromLibrary({ reports }: StartDeps, scene: Scene, { call, hit }: Ask): Answer {
  const now = { ...call, startMs: Date.now() };
  const played = hit ? answerFromCache(scene, now, hit.layer, hit.similarity) : callModel(scene, now);
  // No gateway saw it, and no policy decided it.
  for (const { dueMs, event } of played.events) reports.usage(dueMs, { ...event, gateway: null, generation: null });
  return played;
}
