"use client";
import { CircleSlash, Info } from "lucide-react";
import Link from "next/link";
import { useApi } from "@/components/query";
import type { TargetView } from "@/lib/fleet/schemas";
import type { TargetOutcome } from "@/lib/policies/store/schemas";
import { TARGETS_PATH } from "../use-targets";

/** Policies change seldom, and it is worked out anew each time. */
const REFRESH_MS = 15_000;

/**
 * What saved policies mean for this target where that is not to be seen in its orders: an impossible plan is refused
 * before it becomes an order, so that its reasons stand nowhere else.
 */
export function OutcomeNote({ target }: { target: TargetView }) {
  const asked = target.state === "revoked" ? null : `${TARGETS_PATH}/${target.id}/outcome`;
  const { data } = useApi<TargetOutcome>(asked, { refreshMs: REFRESH_MS });
  if (!data || asked === null) return null;
  if (data.outcome === "refused") {
    return (
      <div role="alert" className="flex gap-3 rounded-lg border border-warning/40 bg-warning-muted px-4 py-3 text-[13px]">
        <CircleSlash aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
        <div className="min-w-0">
          <p>
            <strong className="font-medium">The policies in force are not sent to it: it cannot do what they ask.</strong>{" "}
            {target.desired ? `Generation ${target.desired.generation} stays.` : "It has no order."} Change them on{" "}
            <Link href="/policies" className="rounded-sm text-accent-foreground underline underline-offset-2">
              Policies
            </Link>
            .
          </p>
          <Reasons sentences={data.reasons} />
        </div>
      </div>
    );
  }
  if (data.warnings.length === 0) return null;
  return (
    <div className="flex gap-3 rounded-lg border bg-card px-4 py-3 text-[13px]">
      <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-muted-foreground" />
      <div className="min-w-0">
        <p className="font-medium">What it makes of the policies in force</p>
        <Reasons sentences={data.warnings} />
      </div>
    </div>
  );
}

function Reasons({ sentences }: { sentences: readonly string[] }) {
  return (
    <ul className="mt-1 list-disc pl-4 break-words">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
