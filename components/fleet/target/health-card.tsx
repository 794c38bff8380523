"use client";
import { CircleCheck, CircleX } from "lucide-react";
import { formatAge, formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import type { Liveness, TargetView } from "@/lib/fleet/schemas";
import { figureWords } from "../words";
import { Facts, SectionCard } from "./section-card";

const LIVENESS_WORDS: Record<Liveness, string> = {
  online: "it asks regularly",
  offline: "offline: three holds passed without a word",
  never: "it has not asked yet",
  unknown: "nobody listened long enough to tell",
};

/** What it says of itself, and when. */
export function HealthCard({ target, now }: { target: TargetView; now: number }) {
  const { timeZone } = useWorkspace();
  const { health, lastSeenAt, liveness } = target;
  return (
    <SectionCard title="Health" description="As the target itself reports it with each poll.">
      <Facts
        facts={[
          [
            "Last heard",
            lastSeenAt === null ? (
              "never"
            ) : (
              <span title={formatInstant(lastSeenAt, timeZone, { seconds: true })}>
                {formatAge(now - Date.parse(lastSeenAt))}, {LIVENESS_WORDS[liveness]}
              </span>
            ),
          ],
          [
            "It says",
            health === null ? (
              "nothing yet"
            ) : (
              <span className="inline-flex items-baseline gap-1.5">
                {health.ok ? (
                  <CircleCheck aria-hidden className="size-3.5 shrink-0 self-center text-success" />
                ) : (
                  <CircleX aria-hidden className="size-3.5 shrink-0 self-center text-destructive" />
                )}
                {health.ok ? "well" : "not well"}
                {health.reason ? `: ${health.reason}` : ""}
              </span>
            ),
          ],
          ["Crashes since the last change", health === null ? null : health.crashes.toLocaleString("en-US")],
          ...Object.entries(health?.figures ?? {}).map(([name, value]) => {
            const words = figureWords(name, value);
            return [
              words.label,
              <span key={name} className="tabular">
                {words.value}
              </span>,
            ] as const;
          }),
        ]}
      />
    </SectionCard>
  );
}
