"use client";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import type { BenchmarkComparison, TimeComparison } from "@/lib/advisor/benchmark/schemas";
import { ms, TimesTable } from "./times-table";
import { useComparison } from "./use-benchmarks";
import { TIME_LABEL } from "./words";

const LOOK = {
  faster: "success",
  slower: "destructive",
  "no clear difference": "secondary",
  "too few answers": "outline",
} as const satisfies Record<TimeComparison["verdict"], string>;

/** Two benchmarks beside each other: the chosen one against the one before it. */
export function CompareCard({ id, other }: { id: string; other: string }) {
  const query = useComparison(id, other);
  return (
    <QueryCard
      title="Comparison"
      description="Faster or slower is said only when the 95 % interval of the ratio leaves no doubt."
      query={query}
      height={180}
      isEmpty={() => false}
    >
      {(data) => <Comparison data={data} />}
    </QueryCard>
  );
}

const change = (ratio: number) => `${ratio >= 1 ? "+" : "−"}${Math.abs((ratio - 1) * 100).toFixed(1)} %`;

function Comparison({ data: { before, after, times, warnings } }: { data: BenchmarkComparison }) {
  return (
    <div className="flex flex-col gap-3">
      <p className="text-[13px] break-words text-muted-foreground">
        From “{before.name}” to “{after.name}”.
      </p>
      <TimesTable caption="Times before and after" columns={["p50", "p95", "Typically", "Verdict"]} className="min-w-[34rem]">
        {times.map(({ time, before: a, after: b, ratio, verdict }) => (
          <tr key={time} className="border-t">
            <th scope="row" className="py-1.5 pr-2 text-left font-normal">
              {TIME_LABEL[time]}
            </th>
            <td className="py-1.5 text-right">
              {ms(a.p50)} → {ms(b.p50)}
            </td>
            <td className="py-1.5 text-right">
              {ms(a.p95)} → {ms(b.p95)}
            </td>
            <td className="py-1.5 pl-2 text-right">
              {ratio ? (
                <>
                  {change(ratio.value)}{" "}
                  <span className="text-muted-foreground">
                    ({change(ratio.low)} to {change(ratio.high)})
                  </span>
                </>
              ) : (
                "—"
              )}
            </td>
            <td className="py-1.5 pl-2 text-right">
              <Badge variant={LOOK[verdict]}>{verdict}</Badge>
            </td>
          </tr>
        ))}
      </TimesTable>
      {warnings.map((warning) => (
        <p key={warning} className="text-[13px] text-muted-foreground">
          {warning}
        </p>
      ))}
    </div>
  );
}
