/** A recipe without anybody to ask: every answer is worked out, and with it what senders would report. Pure. */
import { answerFromCache, callModel, type Scene, type TimedEvent } from "./attempts";
import type { Recipe, SceneOutcome } from "./recipes";

export function playRecipe(recipe: Recipe, scene: Scene, startMs: number): { events: TimedEvent[]; outcomes: SceneOutcome[] } {
  const events: TimedEvent[] = [];
  const steps = recipe(scene, startMs);
  let step = steps.next();
  while (!step.done) {
    const answers = step.value.map(({ call, hit }) =>
      hit ? answerFromCache(scene, call, hit.layer, hit.similarity) : callModel(scene, call),
    );
    for (const answer of answers) events.push(...answer.events);
    step = steps.next(answers);
  }
  return { events, outcomes: step.value };
}
