"use client";
import { AlertTriangle } from "lucide-react";
import { NODES_PER_ARM } from "@/lib/changes/rollout/plan";
import type { ChangePreview } from "@/lib/changes/schemas";
import { lengthOf } from "../words";

const WORSE: Record<ChangePreview["detectable"][number]["metric"], (worse: number) => string> = {
  cost: (worse) => `cost +${Math.round(worse * 100)} %`,
  error: (worse) => `errors ×${worse + 1}`,
  slow: (worse) => `slow answers ×${worse + 1}`,
};

/** As good as a coin is not reliable. */
const LIKELY = 0.5;
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);

/** How small a harm these guardrails would see, before anybody approves. */
export function DetectableTable({ preview }: { preview: Pick<ChangePreview, "traffic" | "detectable" | "thinSteps"> }) {
  const { traffic, detectable, thinSteps } = preview;
  if (traffic === null || detectable.length === 0) {
    return (
      <p className="text-[13px] text-muted-foreground">
        Nothing can be compared: there is no traffic in its scope in the last hour, or no step that leaves a baseline. Only hard
        stops would halt it.
      </p>
    );
  }
  const seen = detectable.find(({ caught }) => caught >= LIKELY);
  return (
    <div className="@container flex flex-col gap-1.5">
      <p className="text-[13px]">
        {seen
          ? `${capital(WORSE[seen.metric](seen.worse))} would be seen before everybody has it, in ${Math.round(seen.caught * 100)} % of cases.`
          : "None of these would be seen reliably: compare for longer, with a larger share, or where there is more traffic."}
      </p>
      <p className="text-[13px] text-muted-foreground">
        At {Number(traffic.requestsPerMinute.toPrecision(3)).toLocaleString("en-US")} requests a minute, a canary of{" "}
        {Math.round(traffic.canaryShare * 100)} % on average.
      </p>
      {thinSteps.length > 0 ? <ThinSteps steps={thinSteps} /> : null}
      <div
        className="overflow-x-auto rounded-md border"
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="region"
        aria-label="Smallest regressions that would be seen"
      >
        <table className="w-full text-left text-[13px] tabular">
          <caption className="sr-only">Smallest regressions that would be seen</caption>
          <thead>
            <tr className="border-b bg-muted text-xs text-muted-foreground">
              <th scope="col" className="px-2.5 py-1.5 font-medium">
                If it made
              </th>
              <th scope="col" className="px-2.5 py-1.5 text-right font-medium">
                seen in time
              </th>
              <th scope="col" className="px-2.5 py-1.5 text-right font-medium whitespace-nowrap">
                median
              </th>
            </tr>
          </thead>
          <tbody>
            {detectable.map(({ metric, worse, caught, medianSec }) => (
              <tr key={`${metric} ${worse}`} className="border-b last:border-0">
                <th scope="row" className="px-2.5 py-1 font-normal whitespace-nowrap">
                  {WORSE[metric](worse)}
                </th>
                <td className="px-2.5 py-1 text-right whitespace-nowrap">
                  <span
                    aria-hidden
                    className="mr-2 hidden h-1.5 w-16 overflow-hidden rounded-full bg-secondary align-middle @sm:inline-block"
                  >
                    <span className="block h-full bg-primary" style={{ width: `${caught * 100}%` }} />
                  </span>
                  {Math.round(caught * 100)} %
                </td>
                <td className="px-2.5 py-1 text-right whitespace-nowrap text-muted-foreground">
                  {medianSec === null ? "—" : lengthOf(medianSec)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** What differs between so few nodes may be the nodes. A person who looks before the next wave makes up for it. */
function ThinSteps({ steps }: { steps: ChangePreview["thinSteps"] }) {
  const { canary, baseline } = steps[0]!;
  const which = steps.map(({ step }) => step + 1).join(", ");
  return (
    <p className="flex gap-2 rounded-md border border-warning/40 bg-warning-muted px-3 py-2 text-[13px]">
      <AlertTriangle aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <span className="min-w-0">
        Fewer than {NODES_PER_ARM} nodes a side in step {which} ({canary} against {baseline} in the first): a difference may come
        from the nodes. Let a person be asked before the step that follows, under “Times, traffic and deadlines”.
      </span>
    </p>
  );
}
