/** SOMETHING that takes configuration, for tests: it does what the payload's `content` says and can be looked at. */
import { canonicalHash, type Payload } from "..";
import type { Applier, ApplyStep } from "../client/applier";

/** What a test's payload may say. `n` makes it a content of its own. */
export interface TestContent {
  n: number;
  /** refuse() says so. */
  refuse?: string;
  /** apply() throws this, after what ran before runs again. */
  fail?: string;
  /** apply() throws and leaves itself half done: something else runs. */
  break?: boolean;
  /** apply() says that all is well and does nothing. */
  lie?: boolean;
  /** apply() only ends when it is aborted, or when `release()` is called. */
  wait?: boolean;
  warm?: boolean;
}

export const payloadOf = (content: TestContent): Payload => ({ schema: 1, connector: "file", content: { ...content } });

export interface TestTarget extends Applier {
  /** What runs, by `n`; null: nothing. */
  runs: number | null;
  /** Every apply, as "why n", ends included. */
  story: string[];
  /** Lets all waiting applies finish. */
  release(): void;
  /** What boot or revert throws; null: they work. */
  putBackFails: string | null;
}

export function testTarget(): TestTarget {
  let running: Payload | null = null;
  let broken = false;
  const waiting = new Set<() => void>();
  const until = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      waiting.add(resolve);
      signal.addEventListener("abort", () => resolve());
      if (signal.aborted) resolve();
    });
  const target: TestTarget = {
    get runs() {
      return running && contentOf(running).n;
    },
    story: [],
    putBackFails: null,
    release: () => {
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
    refuse: (payload) => contentOf(payload as Payload).refuse ?? null,
    apply: async (payload, step: ApplyStep) => {
      const content = contentOf(payload as Payload);
      target.story.push(`${step.why} ${content.n}`);
      if (step.why !== "offer" && target.putBackFails !== null) throw new Error(target.putBackFails);
      step.progress("applying");
      if (content.warm) step.progress("warming");
      if (content.wait && step.why === "offer") await until(step.signal);
      step.signal.throwIfAborted();
      if (content.fail !== undefined) throw new Error(content.fail);
      if (content.break) {
        broken = true;
        throw new Error("half done");
      }
      if (content.lie) {
        // With nothing running there is something else to be read: not "cannot be read".
        broken ||= running === null;
        return;
      }
      running = payload as Payload;
      broken = false;
    },
    effectiveHash: () => (broken ? "0".repeat(64) : running && canonicalHash(running)),
    health: () => ({ ok: true, crashes: 0, figures: { n: running ? contentOf(running).n : 0 } }),
  };
  return target;
}

const contentOf = (payload: Payload) => payload.content as unknown as TestContent;
