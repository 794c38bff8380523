/** How a target stands, in one word and one explanation. Pure. */
import { formatAge } from "@/components/format/time-label";
import type { TargetView } from "@/lib/fleet/schemas";

/**
 * One word for people, out of the state of the target (may it take part?), its liveness (is it heard?), its order (did it
 * arrive?) and its own health. The first that is wrong wins: what is not heard cannot be called healthy.
 */
export const STANDINGS = [
  "healthy",
  "idle",
  "pending",
  "applying",
  "withheld",
  "unwell",
  "drifted",
  "failed",
  "refused",
  "unreachable",
  "unknown",
  "silent",
  "quarantined",
  "revoked",
] as const;
export type Standing = (typeof STANDINGS)[number];

export const STANDING_LABEL: Record<Standing, string> = {
  healthy: "Healthy",
  idle: "No order yet",
  pending: "Pending",
  applying: "Applying",
  withheld: "Withheld",
  unwell: "Unhealthy",
  drifted: "Drifted",
  failed: "Failed",
  refused: "Refused",
  unreachable: "Unreachable",
  unknown: "Unknown",
  silent: "Not heard yet",
  quarantined: "Quarantined",
  revoked: "Revoked",
};

/** Somebody should look. `unknown` is not one: then it is the fleet server that is away. */
const WORRIES: ReadonlySet<Standing> = new Set([
  "withheld",
  "unwell",
  "drifted",
  "failed",
  "refused",
  "unreachable",
  "quarantined",
]);
export const isWorry = (standing: Standing): boolean => WORRIES.has(standing);

type Known = Pick<TargetView, "state" | "liveness" | "rollout" | "health" | "withheld">;

export function standingOf({ state, liveness, rollout, health, withheld }: Known): Standing {
  if (state !== "active") return state;
  if (liveness === "never") return "silent";
  if (liveness === "offline") return "unreachable";
  if (liveness === "unknown") return "unknown";
  if (withheld !== null) return "withheld";
  if (rollout === "drifted" || rollout === "refused" || rollout === "failed") return rollout;
  if (rollout === "applying" || rollout === "warming") return "applying";
  // It answers, so that "unreachable" would be a contradiction: its order is on its way.
  if (rollout === "pending" || rollout === "offered" || rollout === "unreachable") return "pending";
  if (health !== null && !health.ok) return "unwell";
  return rollout === "none" ? "idle" : "healthy";
}

/** Why it stands so, and what becomes of it: sentences for the page of one target. `now`: epoch ms. */
export function explainStanding(target: TargetView, now: number): string {
  const { desired, running, stateReason } = target;
  const runs = running ? `It runs generation ${running.generation}` : "It runs no policy yet";
  const keeps = running ? `keeps generation ${running.generation}` : "still runs no policy";
  const wanted = `generation ${desired?.generation ?? "?"}`;
  const error = errorOf(target);
  switch (standingOf(target)) {
    case "revoked":
      return sentences(
        `Revoked${stateReason ? `: ${stateReason}` : ""}`,
        running
          ? `It gets nothing from here any more; generation ${running.generation}, its last, may still run there.`
          : "It gets nothing from here any more.",
        "To take it back, enrol it again with a new token.",
      );
    case "quarantined":
      return sentences(
        stateReason ?? "Two programs use one identity",
        "Neither gets configuration until an admin has released it. Stop the one that should not run first.",
      );
    case "silent":
      return "It is enrolled, but has not asked for its configuration yet. It does so when its program runs.";
    case "unreachable":
      return sentences(
        `Last heard ${lastHeard(target, now)}`,
        `${running ? `What it runs keeps running: generation ${running.generation} by its last word` : runs}.`,
        desired && desired.generation !== running?.generation ? `It gets ${wanted} as soon as it is back.` : "",
      );
    case "unknown":
      return sentences(
        `Last heard ${lastHeard(target, now)}`,
        "The fleet server was away, so nobody can tell yet whether this target is. What it runs keeps running.",
      );
    case "refused":
      return sentences(
        `It refused ${wanted} without touching anything, and ${keeps}${error}`,
        "The same content is not offered again unless somebody insists; a corrected policy is a new generation.",
      );
    case "failed":
      return sentences(
        `${capital(wanted)} failed; it went back and ${keeps}${error}`,
        "The same content is not offered again unless somebody insists; a corrected policy is a new generation.",
      );
    case "drifted":
      return sentences(
        `What was read back is not what was applied: ${target.driftPolls} polls in a row`,
        `Something else changed it on the spot. ${capital(wanted)} is applied again every third poll.`,
      );
    case "withheld":
      return sentences(
        `${capital(wanted)} is not given to it, and it ${keeps}: ${target.withheld}`,
        "The fleet server signs only what an approved change or a broken glass allows. See the audit log for where it came from.",
      );
    case "applying":
      return target.rollout === "warming"
        ? `${capital(wanted)} is started and warms up. ${runs} until then.`
        : `${capital(wanted)} is being applied. ${runs} until then.`;
    case "pending":
      return target.rollout === "offered"
        ? `${capital(wanted)} was handed over; there is no word of it yet. ${runs} until then.`
        : `${capital(wanted)} waits to be fetched. ${runs} until then.`;
    case "unwell":
      return sentences(
        `${runs}, as ordered, but says that it is not well${target.health?.reason ? `: ${target.health.reason}` : ""}`,
      );
    case "idle":
      return `Nothing was ordered for it yet. It gets its first generation when a policy that concerns ${target.environment} is saved.`;
    case "healthy":
      return sentences(
        `It runs generation ${running?.generation ?? "?"}, as ordered`,
        target.effectiveHash === null
          ? "What really runs there cannot be read back."
          : target.effectiveHash === running?.hash
            ? "Read back from what really runs: the same."
            : "The last read-back differs; three in a row count as drift.",
      );
  }
}

/** What the newest order and the report have to do with each other, where they differ; null: they agree. */
export function explainDifference({
  desired,
  running,
  rollout,
}: Pick<TargetView, "desired" | "running" | "rollout">): string | null {
  if (!desired) return running ? "It reports a generation although nothing is ordered here: this database is younger." : null;
  const stays = rollout === "refused" || rollout === "failed";
  if (!running) return stays ? "Nothing runs there: the first order did not get through." : "Nothing was applied there yet.";
  if (running.generation > desired.generation) {
    return "It has run something newer than was ever ordered here, as after a restored backup. The next order is numbered above it.";
  }
  if (running.generation === desired.generation) {
    return running.hash === desired.hash ? null : "Same number, other content: that generation was ordered by another database.";
  }
  if (running.hash === desired.hash) return "The content is the same; only the number is not taken over yet.";
  const behind = desired.generation - running.generation;
  const is = `It is ${behind} ${behind === 1 ? "generation" : "generations"} behind`;
  if (stays) return `${is}, and stays there: it ${rollout === "refused" ? "refused" : "failed with"} this content.`;
  return behind === 1 ? `${is}.` : `${is}. It goes straight to the newest, not one by one.`;
}

function errorOf({ lastAttempt, desired }: Pick<TargetView, "lastAttempt" | "desired">): string {
  const ofThis = lastAttempt !== null && lastAttempt.hash === desired?.hash;
  return ofThis && lastAttempt.error ? `: ${lastAttempt.error}` : "";
}

const lastHeard = ({ lastSeenAt }: Pick<TargetView, "lastSeenAt">, now: number) =>
  lastSeenAt === null ? "never" : formatAge(now - Date.parse(lastSeenAt));

const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);

const sentences = (...parts: string[]) =>
  parts
    .filter((part) => part !== "")
    .map((part) => (/[.!?]$/.test(part.trimEnd()) ? part.trimEnd() : `${part.trimEnd()}.`))
    .join(" ");
