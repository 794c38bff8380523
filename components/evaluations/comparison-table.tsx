import { Check, CircleAlert } from "lucide-react";
import type { EvaluationReport } from "@/lib/evaluations/schemas";
import { rowsOf } from "./words";

/** What each kind of task says, with how sure that is. */
export function ComparisonTable({ report }: { report: EvaluationReport }) {
  return (
    <table className="w-full text-[13px] tabular">
      <thead>
        <tr className="border-b text-left text-xs text-muted-foreground">
          <th scope="col" className="py-1 pr-2 font-medium">
            Task
          </th>
          <th scope="col" className="py-1 pr-2 text-right font-medium">
            Right
          </th>
          <th scope="col" className="py-1 text-right font-medium" title="Points, one-sided 95 % each way">
            Difference
          </th>
        </tr>
      </thead>
      <tbody>
        {rowsOf(report).map(({ name, cases, right, difference, interval, limit, passed }) => (
          <tr key={name} className="border-b align-top last:border-0">
            <th scope="row" className="py-1.5 pr-2 text-left font-normal">
              <span className="flex items-center gap-1">
                {passed ? (
                  <Check aria-label="within the limit" className="size-3.5 shrink-0 text-success" />
                ) : (
                  <CircleAlert aria-label="not within the limit" className="size-3.5 shrink-0 text-destructive" />
                )}
                {name}
              </span>
              <span className="text-xs text-muted-foreground">{cases} cases</span>
            </th>
            <td className="py-1.5 pr-2 text-right whitespace-nowrap">{right}</td>
            <td className="py-1.5 text-right whitespace-nowrap">
              {difference}
              <span className="block text-xs text-muted-foreground">{interval}</span>
              <span className="block text-xs text-muted-foreground">limit {limit}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
