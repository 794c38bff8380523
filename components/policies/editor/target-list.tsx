"use client";
import { Check, CircleSlash, Minus, RefreshCw } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import type { Payload } from "@/lib/protocol/payload";
import type { TargetOutcome } from "@/lib/policies/store/schemas";
import { WordList } from "./word-list";

const OUTCOMES = {
  changed: { variant: "default", icon: RefreshCw, label: "gets a new configuration" },
  unchanged: { variant: "secondary", icon: Check, label: "has this already" },
  refused: { variant: "destructive", icon: CircleSlash, label: "keeps what it runs" },
  nothing: { variant: "outline", icon: Minus, label: "no policy concerns it" },
} as const;

/** What each target would be sent, and why one would not be. */
export function TargetList({
  targets,
  payloads,
}: {
  targets: readonly TargetOutcome[];
  payloads: Readonly<Record<string, Payload>>;
}) {
  const [all, setAll] = useState(false);
  if (targets.length === 0) {
    return (
      <p className="text-[13px] text-muted-foreground">
        No target is reached. It is kept, and a target that enrols later gets it at once.
      </p>
    );
  }
  const ordered = targets.toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
  const listed = all ? ordered : ordered.slice(0, LISTED_AT_ONCE);
  return (
    <div className="flex flex-col items-start gap-2">
      {targets.length > LISTED_AT_ONCE ? <p className="text-[13px] text-muted-foreground">{countsOf(targets)}</p> : null}
      <ul className="w-full divide-y rounded-md border">
        {listed.map((target) => {
          const { variant, icon: Icon, label } = OUTCOMES[target.outcome];
          const payload = target.hash === null ? undefined : payloads[target.hash];
          return (
            <li key={target.id} className="flex min-w-0 flex-col gap-1.5 px-3 py-2 text-[13px]">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="min-w-0 font-medium break-all">{target.name}</span>
                {target.simulated ? <Badge variant="outline">simulated</Badge> : null}
                <span className="text-xs text-muted-foreground">
                  {target.connector}, {target.environment}
                </span>
                <Badge variant={variant} className="ml-auto">
                  <Icon aria-hidden /> {label}
                </Badge>
              </div>
              <WordList
                // A foreign gateway may have fifty reasons; the first ones are enough to go on.
                most={2}
                sentences={[...target.reasons, ...target.warnings]}
                className="text-muted-foreground"
              />
              {payload ? (
                <details>
                  <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
                    What it is sent <code className="font-mono">{target.hash!.slice(0, 12)}</code>
                  </summary>
                  <CodeBlock
                    code={JSON.stringify(payload.content, null, 2)}
                    label={`Configuration of ${target.name}`}
                    className="mt-1 [&_pre]:max-h-72 [&_pre]:overflow-y-auto"
                  />
                </details>
              ) : null}
            </li>
          );
        })}
      </ul>
      {listed.length < targets.length ? (
        <Button size="sm" variant="outline" onClick={() => setAll(true)}>
          Show all {targets.length.toLocaleString("en-US")} targets
        </Button>
      ) : null}
    </div>
  );
}

/** What needs a look first. */
const ORDER: readonly TargetOutcome["outcome"][] = ["refused", "changed", "unchanged", "nothing"];
const LISTED_AT_ONCE = 20;

function countsOf(targets: readonly TargetOutcome[]): string {
  return ORDER.flatMap((outcome) => {
    const count = targets.filter((target) => target.outcome === outcome).length;
    return count === 0 ? [] : [`${count.toLocaleString("en-US")}: ${OUTCOMES[outcome].label}`];
  }).join("; ");
}
