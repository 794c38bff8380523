/**
 * The life of an alert of one rule and one set of labels. Pure: (state, verdict or action, now) → state and transitions.
 * The live evaluator and the backtest both run exactly this.
 *
 *   normal ── breach ──► pending ── breach for `for` ──► firing ── a person ──► acknowledged
 *     ▲ ▲                   │                              │ ▲                      │ ▲
 *     │ └────── clear ──────┘                        clear ▼ │ breach         clear ▼ │ breach
 *     │                                                   recovering (remembers whether it was acknowledged)
 *     ├───────────── clear for `keepFiring` ───────────────┘
 *     └── clear ── resolved ◄── a person, from any open phase;   resolved ── still breaching after an hour ──► firing
 *
 * With `for` = 0 normal goes straight to firing, with `keepFiring` = 0 an open alert ends at the first clear.
 * What cannot be judged (too few observations, a masked hour) changes nothing, and neither does time alone.
 */
export const PHASES = ["normal", "pending", "firing", "acknowledged", "recovering", "resolved"] as const;
export type Phase = (typeof PHASES)[number];

/** Why it is pending or open. */
export const CAUSES = ["condition", "no_data", "error"] as const;
export type Cause = (typeof CAUSES)[number];

export const NO_DATA_POLICIES = ["ok", "keep", "alert"] as const;
export const ERROR_POLICIES = ["keep", "alert"] as const;

export interface LifecyclePolicy {
  forSec: number;
  keepFiringSec: number;
  /** `ok`: as if the condition were clear. `keep`: as it was. `alert`: as if it were met. */
  onNoData: (typeof NO_DATA_POLICIES)[number];
  onError: (typeof ERROR_POLICIES)[number];
}

/** What one evaluation found. `unknown`: not judged. */
export type Verdict = "breach" | "clear" | "no_data" | "error" | "unknown";
export type Action = "acknowledge" | "resolve";

export interface AlertState {
  phase: Phase;
  /** Since when it is in this phase, epoch milliseconds. */
  since: number;
  /** Null while normal. */
  cause: Cause | null;
  /** Since when the breach goes on that led here; null while normal. */
  breachedSince: number | null;
  /** Somebody has taken it on; kept while it recovers. */
  acknowledged: boolean;
}

export type TransitionKind =
  | "pending"
  | "cleared"
  | "firing"
  | "acknowledged"
  | "recovering"
  | "refired"
  | "resolved"
  | "rearmed";

export interface Transition {
  kind: TransitionKind;
  at: number;
  cause: Cause;
}

export interface Step {
  state: AlertState;
  transition: Transition | null;
}

/** A breach that a person has called resolved fires again when it is still there after this long. */
export const REFIRE_AFTER_MS = 3_600_000;

export const startOfAlert = (at: number): AlertState => ({
  phase: "normal",
  since: at,
  cause: null,
  breachedSince: null,
  acknowledged: false,
});

/** An incident is open: somebody was told, and it is not over. */
export const isOpen = ({ phase }: Pick<AlertState, "phase">): boolean =>
  phase === "firing" || phase === "acknowledged" || phase === "recovering";

type Effective = { kind: "breach"; cause: Cause } | { kind: "clear" } | { kind: "hold" };

function effectOf(verdict: Verdict, policy: LifecyclePolicy): Effective {
  switch (verdict) {
    case "breach":
      return { kind: "breach", cause: "condition" };
    case "clear":
      return { kind: "clear" };
    case "no_data":
      if (policy.onNoData === "alert") return { kind: "breach", cause: "no_data" };
      return { kind: policy.onNoData === "ok" ? "clear" : "hold" };
    case "error":
      return policy.onError === "alert" ? { kind: "breach", cause: "error" } : { kind: "hold" };
    case "unknown":
      return { kind: "hold" };
  }
}

/** One evaluation. Evaluations of one alert come in the order of their times. */
export function observe(state: AlertState, verdict: Verdict, at: number, policy: LifecyclePolicy): Step {
  const effect = effectOf(verdict, policy);
  if (effect.kind === "hold") return { state, transition: null };
  if (effect.kind === "clear") return clear(state, at, policy);
  return breach(state, effect.cause, at, policy);
}

function breach(state: AlertState, cause: Cause, at: number, { forSec }: LifecyclePolicy): Step {
  switch (state.phase) {
    case "normal":
      return forSec === 0 ? fire(state, cause, at, at) : enter(state, "pending", { cause, breachedSince: at }, "pending", at);
    case "pending": {
      // Another reason is another breach: its time begins anew.
      if (state.cause !== cause) return enter(state, "pending", { cause, breachedSince: at }, "pending", at);
      const since = state.breachedSince ?? at;
      return at - since >= forSec * 1_000 ? fire(state, cause, since, at) : { state, transition: null };
    }
    case "recovering":
      return enter(state, state.acknowledged ? "acknowledged" : "firing", {}, "refired", at);
    case "resolved":
      return at - state.since >= REFIRE_AFTER_MS
        ? fire(state, cause, state.breachedSince ?? at, at)
        : { state, transition: null };
    case "firing":
    case "acknowledged":
      return { state, transition: null };
  }
}

function clear(state: AlertState, at: number, { keepFiringSec }: LifecyclePolicy): Step {
  switch (state.phase) {
    case "normal":
      return { state, transition: null };
    case "pending":
      return end(state, "cleared", at);
    case "firing":
    case "acknowledged":
      return keepFiringSec === 0 ? end(state, "resolved", at) : enter(state, "recovering", {}, "recovering", at);
    case "recovering":
      return at - state.since >= keepFiringSec * 1_000 ? end(state, "resolved", at) : { state, transition: null };
    case "resolved":
      return end(state, "rearmed", at);
  }
}

/** What a person does; null: there is nothing to do it to. */
export function act(state: AlertState, action: Action, at: number): Step | null {
  if (!isOpen(state)) return null;
  if (action === "resolve") return enter(state, "resolved", { acknowledged: false }, "resolved", at);
  if (state.acknowledged) return null;
  // What recovers goes on recovering; who took it on is remembered in case it comes back.
  if (state.phase === "recovering") {
    const transition: Transition = { kind: "acknowledged", at, cause: state.cause ?? "condition" };
    return { state: { ...state, acknowledged: true }, transition };
  }
  return enter(state, "acknowledged", { acknowledged: true }, "acknowledged", at);
}

const fire = (state: AlertState, cause: Cause, breachedSince: number, at: number): Step =>
  enter(state, "firing", { cause, breachedSince, acknowledged: false }, "firing", at);

function enter(state: AlertState, phase: Phase, changes: Partial<AlertState>, kind: TransitionKind, at: number): Step {
  const next = { ...state, ...changes, phase, since: at };
  return { state: next, transition: { kind, at, cause: next.cause ?? "condition" } };
}

const end = (state: AlertState, kind: TransitionKind, at: number): Step => ({
  state: startOfAlert(at),
  transition: { kind, at, cause: state.cause ?? "condition" },
});
