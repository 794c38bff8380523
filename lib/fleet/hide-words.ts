/** What is kept from a reader who is limited to tenants. Pure. */
import type { DesiredEntry, TargetAttempt, TargetView } from "./schemas";

/** Instead of the words; that there are some is no secret. */
const HIDDEN_WORDS = "Not shown to you: it may name other tenants.";

/** Why something was ordered is what its author typed, and a refusal names the scope that it is about. */
export const hideOrder = (order: DesiredEntry): DesiredEntry => ({ ...order, reason: HIDDEN_WORDS });
export const hideAttempt = (attempt: TargetAttempt): TargetAttempt =>
  attempt.error === null ? attempt : { ...attempt, error: HIDDEN_WORDS };

export const hideWords = (target: TargetView): TargetView => ({
  ...target,
  desired: target.desired && hideOrder(target.desired),
  withheld: target.withheld && HIDDEN_WORDS,
  lastAttempt: target.lastAttempt && hideAttempt(target.lastAttempt),
});
