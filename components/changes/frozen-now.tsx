"use client";
import { Snowflake } from "lucide-react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import type { FreezeView } from "@/lib/changes/schemas";
import { useNow } from "./use-changes";

/** Said where it matters: nothing starts and no step begins while changes are frozen. */
export function FrozenNow({ freezes }: { freezes: readonly FreezeView[] }) {
  const { timeZone } = useWorkspace();
  const now = useNow(30_000);
  const current = freezes.filter(({ startsAt, endsAt }) => Date.parse(startsAt) <= now && now < Date.parse(endsAt));
  if (current.length === 0) return null;
  return (
    <div role="status" className="flex gap-3 rounded-lg border border-warning/40 bg-warning-muted px-4 py-3 text-[13px]">
      <Snowflake aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="min-w-0">
        {current.map(({ id, reason, endsAt }) => (
          <p key={id} className="break-words">
            <strong className="font-medium">Changes are frozen</strong> until {formatInstant(endsAt, timeZone)}: {reason} Nothing
            starts and no step begins; aborting still works.
          </p>
        ))}
      </div>
    </div>
  );
}
