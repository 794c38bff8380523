"use client";
import { Check, CircleSlash, Minus, RefreshCw } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import type { TouchedTarget } from "@/lib/changes/schemas";
import { OUTCOME_LABEL } from "../words";

const LOOK = {
  refused: { variant: "destructive", icon: CircleSlash },
  changed: { variant: "default", icon: RefreshCw },
  unchanged: { variant: "secondary", icon: Check },
  nothing: { variant: "outline", icon: Minus },
} as const;
const ORDER = Object.keys(LOOK) as TouchedTarget["outcome"][];
const SHOWN = 8;

/** Which targets it reaches, and why one would refuse it. What needs a look comes first. */
export function TouchedTargets({ targets }: { targets: readonly TouchedTarget[] }) {
  if (targets.length === 0) {
    return <p className="text-[13px] text-muted-foreground">It reaches no gateway and no engine. Enrol one under Fleet first.</p>;
  }
  const sorted = targets.toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || (a.name < b.name ? -1 : 1));
  const item = (target: TouchedTarget) => {
    const { variant, icon: Icon } = LOOK[target.outcome];
    return (
      <li key={target.id} className="px-3 py-1.5 text-[13px]">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 font-medium break-all">{target.name}</span>
          <span className="text-xs text-muted-foreground">{target.connector}</span>
          {target.simulated ? <Badge variant="outline">simulated</Badge> : null}
          <Badge variant={variant} className="ml-auto">
            <Icon aria-hidden /> {OUTCOME_LABEL[target.outcome]}
          </Badge>
        </div>
        {[...target.reasons, ...target.warnings].map((sentence) => (
          <p key={sentence} className="mt-0.5 break-words text-muted-foreground">
            {sentence}
          </p>
        ))}
      </li>
    );
  };
  return (
    <div className="flex flex-col gap-1">
      <p className="text-[13px] text-muted-foreground">{countsOf(targets)}</p>
      <ul className="divide-y rounded-md border">{sorted.slice(0, SHOWN).map(item)}</ul>
      {sorted.length > SHOWN ? (
        <details>
          <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
            {sorted.length - SHOWN} more
          </summary>
          <ul className="divide-y rounded-md border">{sorted.slice(SHOWN).map(item)}</ul>
        </details>
      ) : null}
    </div>
  );
}

function countsOf(targets: readonly TouchedTarget[]): string {
  const parts = ORDER.flatMap((outcome) => {
    const count = targets.filter((target) => target.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${COUNTED[outcome](count)}`];
  });
  return `${parts.join(", ")}.`;
}

const COUNTED: Record<TouchedTarget["outcome"], (count: number) => string> = {
  refused: (count) => (count === 1 ? "refuses it" : "refuse it"),
  changed: (count) => (count === 1 ? "target gets it" : "targets get it"),
  unchanged: (count) => (count === 1 ? "has it already" : "have it already"),
  nothing: () => "not concerned",
};
