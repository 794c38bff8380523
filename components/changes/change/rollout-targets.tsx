"use client";
import {
  CircleAlert,
  CircleCheck,
  CircleSlash,
  Clock,
  LoaderCircle,
  Shuffle,
  SkipForward,
  Unplug,
  type LucideIcon,
} from "lucide-react";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import type { RolloutView } from "@/lib/changes/schemas";

type Target = RolloutView["targets"][number];

const STATUS: Record<
  Target["status"],
  { label: string; icon: LucideIcon; variant: "success" | "warning" | "destructive" | "default" | "outline" }
> = {
  pending: { label: "waiting", icon: Clock, variant: "outline" },
  applying: { label: "applying", icon: LoaderCircle, variant: "default" },
  healthy: { label: "healthy", icon: CircleCheck, variant: "success" },
  failed: { label: "failed, reverted", icon: CircleAlert, variant: "destructive" },
  refused: { label: "refused", icon: CircleSlash, variant: "destructive" },
  unreachable: { label: "unreachable", icon: Unplug, variant: "warning" },
  drifted: { label: "drifted", icon: Shuffle, variant: "warning" },
  skipped: { label: "skipped, cannot", icon: SkipForward, variant: "outline" },
};

/** `trial`: gateways hold both policies and split their requests between them. */
const RUNS: Record<string, string> = {
  nothing: "nothing yet",
  change: "the change",
  stable: "what ran before",
  trial: "both, split",
  other: "something else",
};

/** Who runs what, as it is reported. */
export function RolloutTargets({ targets, ended }: { targets: readonly Target[]; ended: boolean }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="overflow-x-auto rounded-md border" tabIndex={0} role="region" aria-label="Targets of this rollout">
      <table className="w-full text-left text-[13px]">
        <caption className="sr-only">Targets of this rollout</caption>
        <thead>
          <tr className="border-b bg-muted text-xs text-muted-foreground">
            {["Target", "State", "Runs now"].map((head) => (
              <th key={head} scope="col" className="px-3 py-1.5 font-medium whitespace-nowrap">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {targets.map((target) => {
            const { label, icon: Icon, variant } = STATUS[target.status];
            return (
              <tr key={target.id} className="border-b align-top last:border-0">
                <th scope="row" className="px-3 py-1.5 font-normal">
                  <Link href={`/fleet/${target.id}`} className="font-medium text-accent-foreground hover:underline">
                    {target.name}
                  </Link>
                </th>
                <td className="px-3 py-1.5">
                  <Badge variant={variant}>
                    <Icon aria-hidden className={target.status === "applying" ? "motion-safe:animate-spin" : undefined} /> {label}
                  </Badge>
                  {target.error ? <p className="mt-1 max-w-80 text-xs break-words text-destructive">{target.error}</p> : null}
                </td>
                <td className="px-3 py-1.5 whitespace-nowrap">
                  {ended && target.runs === "trial" ? RUNS["other"] : (RUNS[target.runs] ?? target.runs)}
                  {target.inStep ? <span className="text-muted-foreground">, in this step</span> : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
