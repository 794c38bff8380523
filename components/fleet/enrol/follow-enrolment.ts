/** What has become of an enrolment token since it was shown. Pure. */
import type { EnrolmentTokenView, TargetView } from "@/lib/fleet/schemas";

/** Who was there when the token was made: id → time of its enrolment. */
export type KnownTargets = ReadonlyMap<string, string>;

export const knownTargets = (targets: readonly TargetView[]): KnownTargets =>
  new Map(targets.map(({ id, enrolledAt }) => [id, enrolledAt]));

export type TokenState = "open" | "used up" | "expired" | "revoked";

export function tokenState(
  token: Pick<EnrolmentTokenView, "revokedAt" | "expiresAt" | "uses" | "maxUses">,
  now: number,
): TokenState {
  if (token.revokedAt !== null) return "revoked";
  if (token.uses >= token.maxUses) return "used up";
  return Date.parse(token.expiresAt) <= now ? "expired" : "open";
}

export interface Enrolment {
  /** Came in since, the newest last. A revoked target that enrolled again has come in, too. */
  appeared: TargetView[];
  /** More may come. */
  waiting: boolean;
  token: TokenState;
}

export function followEnrolment(
  token: EnrolmentTokenView,
  before: KnownTargets,
  targets: readonly TargetView[],
  now: number,
): Enrolment {
  const appeared = targets
    .filter(
      (target) =>
        before.get(target.id) !== target.enrolledAt &&
        target.environment === token.environment &&
        (token.connector === null || target.connector === token.connector) &&
        (token.name === null || target.name === token.name),
    )
    .sort((a, b) => (a.enrolledAt < b.enrolledAt ? -1 : 1));
  // Its own count comes with another answer: what is seen counts too.
  const state = tokenState({ ...token, uses: Math.max(token.uses, appeared.length) }, now);
  return { appeared, waiting: state === "open", token: state };
}
