import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { act, observe, REFIRE_AFTER_MS, startOfAlert, type AlertState, type LifecyclePolicy, type Verdict } from "./machine";

const MINUTE = 60_000;
const POLICY: LifecyclePolicy = { forSec: 120, keepFiringSec: 180, onNoData: "ok", onError: "keep" };

/** One letter a minute: b(reach), c(lear), n(o data), e(rror), u(nknown); A and R are a person's. */
function play(letters: string, policy: LifecyclePolicy = POLICY) {
  const verdicts: Record<string, Verdict> = { b: "breach", c: "clear", n: "no_data", e: "error", u: "unknown" };
  let state = startOfAlert(0);
  const seen: string[] = [];
  [...letters].forEach((letter, minute) => {
    const at = minute * MINUTE;
    const verdict = verdicts[letter];
    const step = verdict ? observe(state, verdict, at, policy) : act(state, letter === "A" ? "acknowledge" : "resolve", at);
    if (!step) return;
    state = step.state;
    if (step.transition) seen.push(`${minute}:${step.transition.kind}${suffix(step.transition.cause)}`);
  });
  return { phase: state.phase, seen: seen.join(" ") };
}
const suffix = (cause: string) => (cause === "condition" ? "" : `(${cause})`);

describe("the life of an alert", () => {
  it.each([
    ["waits for as long as `for` says, the first breach included", "cbbb", "firing", "1:pending 3:firing"],
    ["forgets a breach that was too short", "bbcb", "pending", "0:pending 2:cleared 3:pending"],
    ["recovers for `keepFiring`, then it is over", "bbbcccc", "normal", "0:pending 2:firing 3:recovering 6:resolved"],
    ["fires on when it comes back while it recovers", "bbbccb", "firing", "0:pending 2:firing 3:recovering 5:refired"],
    ["remembers who took it on", "bbbAcb", "acknowledged", "0:pending 2:firing 3:acknowledged 4:recovering 5:refired"],
    ["can be taken on while it recovers", "bbbcAb", "acknowledged", "0:pending 2:firing 3:recovering 4:acknowledged 5:refired"],
    ["is taken on once", "bbbAAA", "acknowledged", "0:pending 2:firing 3:acknowledged"],
    ["cannot be taken on before it fires", "bAc", "normal", "0:pending 2:cleared"],
    [
      "stays resolved by hand until it was clear once",
      "bbbRbbcb",
      "pending",
      "0:pending 2:firing 3:resolved 6:rearmed 7:pending",
    ],
    ["is not changed by what cannot be judged", "bubue", "firing", "0:pending 2:firing"],
  ])("%s", (_, letters, phase, seen) => {
    expect(play(letters)).toEqual({ phase, seen });
  });

  it("fires at once without `for`, and ends at once without `keepFiring`", () => {
    expect(play("bbc", { ...POLICY, forSec: 0, keepFiringSec: 0 })).toEqual({ phase: "normal", seen: "0:firing 2:resolved" });
  });
  it("does with no data and with errors what the rule says", () => {
    expect(play("bbbn").seen).toBe("0:pending 2:firing 3:recovering");
    expect(play("bbbn", { ...POLICY, onNoData: "keep" }).seen).toBe("0:pending 2:firing");
    expect(play("nnn", { ...POLICY, onNoData: "alert" }).seen).toBe("0:pending(no_data) 2:firing(no_data)");
    expect(play("eee", { ...POLICY, onError: "alert" }).seen).toBe("0:pending(error) 2:firing(error)");
    expect(play("bnnn", { ...POLICY, onNoData: "alert" }).seen).toBe("0:pending 1:pending(no_data) 3:firing(no_data)");
  });
  it("fires again when what a person called resolved is still there an hour later", () => {
    const state: AlertState = { phase: "resolved", since: 0, cause: "condition", breachedSince: 0, acknowledged: false };
    expect(observe(state, "breach", REFIRE_AFTER_MS - 1, POLICY).transition).toBeNull();
    expect(observe(state, "breach", REFIRE_AFTER_MS, POLICY).transition).toMatchObject({ kind: "firing" });
  });
});

/**
 * The reference: no machine, but the whole history read anew at every instant. It keeps facts only (what was observed
 * and done, when an incident began) and derives the phase from runs of equal effects.
 */
interface Entry {
  at: number;
  what: "hold" | "clear" | "condition" | "no_data" | "error" | "acknowledge" | "resolve";
}

function phaseByReference(history: readonly Entry[], { forSec, keepFiringSec }: LifecyclePolicy): string {
  // Split into stretches: before an incident, in one, or resting after a person's resolve.
  let rest: readonly Entry[] = history.filter(({ what }) => what !== "hold");
  for (;;) {
    const fired = firesAt(rest, forSec);
    if (fired === null) return pendingCause(rest) === null ? "normal" : "pending";
    let incident = rest.slice(fired + 1);
    for (;;) {
      const ended = endsAt(incident, keepFiringSec);
      if (ended === null) return openPhase(incident);
      const after = incident.slice(ended + 1);
      if (incident[ended]!.what !== "resolve") {
        rest = after;
        break;
      }
      const resolvedAt = incident[ended]!.at;
      const next = after.findIndex(({ what, at }) => what === "clear" || (isBreach(what) && at - resolvedAt >= REFIRE_AFTER_MS));
      if (next === -1) return "resolved";
      if (after[next]!.what === "clear") {
        rest = after.slice(next + 1);
        break;
      }
      incident = after.slice(next + 1);
    }
  }
}

const isBreach = (what: Entry["what"]) => what === "condition" || what === "no_data" || what === "error";

/** Index of the evaluation at which it fires: the first breach whose run of the same cause is `for` long. */
function firesAt(entries: readonly Entry[], forSec: number): number | null {
  const index = entries.findIndex((entry, here) => {
    if (!isBreach(entry.what)) return false;
    const run = runOf(entries, here);
    return entry.at - run.at >= forSec * 1_000;
  });
  return index === -1 ? null : index;
}

/** First entry of the unbroken run of one cause that ends at `here`; what people do in between does not break it. */
function runOf(entries: readonly Entry[], here: number): Entry {
  let first = entries[here]!;
  for (const entry of entries.slice(0, here).toReversed()) {
    if (entry.what === first.what) first = entry;
    else if (entry.what === "clear" || isBreach(entry.what)) break;
  }
  return first;
}

const pendingCause = (entries: readonly Entry[]): string | null => {
  const last = entries.findLast(({ what }) => what === "clear" || isBreach(what));
  return last && isBreach(last.what) ? last.what : null;
};

/** Index at which an incident ends: a person's resolve, or a clear whose run of clears is `keepFiring` long. */
function endsAt(entries: readonly Entry[], keepFiringSec: number): number | null {
  const index = entries.findIndex((entry, here) => {
    if (entry.what === "resolve") return true;
    if (entry.what !== "clear") return false;
    const before = entries.slice(0, here + 1);
    const lastBreach = before.findLastIndex(({ what }) => isBreach(what));
    const first = before.slice(lastBreach + 1).find(({ what }) => what === "clear")!;
    return entry.at - first.at >= keepFiringSec * 1_000;
  });
  return index === -1 ? null : index;
}

function openPhase(entries: readonly Entry[]): string {
  const last = entries.findLast(({ what }) => what === "clear" || isBreach(what));
  if (last?.what === "clear") return "recovering";
  return entries.some(({ what }) => what === "acknowledge") ? "acknowledged" : "firing";
}

describe("against the reference", () => {
  const policies = fc.record({
    forSec: fc.constantFrom(0, 60, 120, 300),
    keepFiringSec: fc.constantFrom(0, 60, 180),
    onNoData: fc.constantFrom("ok", "keep", "alert"),
    onError: fc.constantFrom("keep", "alert"),
  }) satisfies fc.Arbitrary<LifecyclePolicy>;
  const event = fc.record({
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("breach", "clear") },
      { weight: 2, arbitrary: fc.constantFrom("no_data", "error", "unknown") },
      { weight: 1, arbitrary: fc.constantFrom("acknowledge", "resolve") },
    ),
    afterMin: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(61)),
  });

  it("has the same phase after every prefix of every history", () => {
    fc.assert(
      fc.property(policies, fc.array(event, { maxLength: 40 }), (policy, events) => {
        let state = startOfAlert(0);
        let at = 0;
        const history: Entry[] = [];
        for (const { what, afterMin } of events) {
          at += afterMin * MINUTE;
          if (what === "acknowledge" || what === "resolve") {
            const step = act(state, what, at);
            // What a person does to nothing did not happen.
            if (step) history.push({ at, what });
            state = step?.state ?? state;
          } else {
            state = observe(state, what, at, policy).state;
            history.push({ at, what: meaning(what, policy) });
          }
          expect(state.phase).toBe(phaseByReference(history, policy));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("keeps its own order: firing before acknowledged before resolved, each incident resolved once", () => {
    fc.assert(
      fc.property(policies, fc.array(event, { maxLength: 60 }), (policy, events) => {
        let state = startOfAlert(0);
        let at = 0;
        let open = false;
        for (const { what, afterMin } of events) {
          at += afterMin * MINUTE;
          const step = what === "acknowledge" || what === "resolve" ? act(state, what, at) : observe(state, what, at, policy);
          const kind = step?.transition?.kind;
          if (kind === "firing") {
            expect(open).toBe(false);
            open = true;
          }
          if (kind === "acknowledged" || kind === "recovering" || kind === "refired") expect(open).toBe(true);
          if (kind === "resolved") {
            expect(open).toBe(true);
            open = false;
          }
          state = step?.state ?? state;
          expect(state.since).toBeLessThanOrEqual(at);
        }
      }),
    );
  });
});

function meaning(verdict: Verdict, policy: LifecyclePolicy): Entry["what"] {
  if (verdict === "breach") return "condition";
  if (verdict === "clear") return "clear";
  if (verdict === "no_data") return policy.onNoData === "alert" ? "no_data" : policy.onNoData === "ok" ? "clear" : "hold";
  if (verdict === "error") return policy.onError === "alert" ? "error" : "hold";
  return "hold";
}
