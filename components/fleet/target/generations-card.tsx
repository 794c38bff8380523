"use client";
import { Check, CircleHelp, TriangleAlert } from "lucide-react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import type { TargetView } from "@/lib/fleet/schemas";
import { explainDifference } from "../standing";
import { shortHash } from "../words";
import { SectionCard } from "./section-card";

/** Ordered, reported and read back, side by side, and in words where they differ. */
export function GenerationsCard({ target }: { target: TargetView }) {
  const { timeZone } = useWorkspace();
  const { desired, running, effectiveHash, leaseEpoch } = target;
  const difference = explainDifference(target);
  const same = effectiveHash !== null && effectiveHash === running?.hash;
  return (
    <SectionCard
      title="Desired against reported"
      description="The hash is of the whole configuration: equal hashes are equal content."
    >
      <dl className="grid gap-3 sm:grid-cols-3">
        <Figure
          name="Desired"
          value={desired ? `Generation ${desired.generation}` : "Nothing"}
          hash={desired?.hash}
          note={desired ? `${desired.createdBy}, ${formatInstant(desired.createdAt, timeZone)}` : "nothing was ever ordered"}
        />
        <Figure
          name="Reported"
          value={running ? `Generation ${running.generation}` : "Nothing"}
          hash={running?.hash}
          note={running ? "what it says that it runs" : "nothing was applied yet"}
        />
        <Figure
          name="Read back"
          value={effectiveHash === null ? "Not readable" : same ? "The same" : "Different"}
          hash={effectiveHash ?? undefined}
          note={
            target.driftPolls > 0
              ? `${target.driftPolls} polls in a row differ`
              : effectiveHash === null
                ? "from what really runs"
                : "from what really runs, last poll"
          }
        />
      </dl>
      <p className="mt-3 flex gap-2 rounded-md bg-muted px-3 py-2 text-[13px]">
        {difference === null ? (
          desired ? (
            <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />
          ) : (
            <CircleHelp aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
          )
        ) : (
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
        )}
        <span className="min-w-0 break-words">
          {difference ?? (desired ? "It runs what is ordered." : "There is nothing to compare yet.")}
          {leaseEpoch === null
            ? ""
            : ` It holds generation ${leaseEpoch} on a lease: when it cannot renew that, it goes back by itself.`}
        </span>
      </p>
    </SectionCard>
  );
}

function Figure({ name, value, hash, note }: { name: string; value: string; hash: string | undefined; note: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted-foreground">{name}</dt>
      <dd className="mt-0.5 min-w-0">
        <span className="block text-[15px] leading-6 font-semibold tabular">{value}</span>
        {hash ? (
          <code className="block font-mono text-xs break-all text-muted-foreground" title={hash}>
            {shortHash(hash)}
          </code>
        ) : null}
        <span className="block text-xs text-muted-foreground">{note}</span>
      </dd>
    </div>
  );
}
