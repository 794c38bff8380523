import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import type { Mode } from "@/lib/advisor/calculators/calculate";
import type { Outcome, Verdict } from "@/lib/advisor/calculators/definition";
import { formatExact, formatLine } from "./format";

const VARIANT = { good: "success", caution: "warning", bad: "destructive", neutral: "secondary" } as const;

/** What comes out, in one mode: the leading numbers large, the others in a table. */
export function OutcomeCard({ outcome, mode }: { outcome: Outcome; mode: Mode }) {
  const format = mode === "published" ? formatExact : formatLine;
  const leads = outcome.lines.filter(({ lead }) => lead);
  const others = outcome.lines.filter(({ lead }) => !lead);
  return (
    <Card role="region" aria-label="Result" aria-live="polite">
      <CardHeader>
        <CardTitle>{mode === "published" ? "Result as published" : "Result, corrected"}</CardTitle>
      </CardHeader>
      <CardContent className="flex flex-col gap-4">
        <dl className="flex flex-wrap gap-x-8 gap-y-3">
          {leads.map(({ id, label, value, unit }) => (
            <div key={id}>
              <dt className="text-[13px] text-muted-foreground">{label}</dt>
              <dd className="text-2xl font-semibold tracking-tight tabular" title={value ?? "no such number"}>
                {format(value, unit)}
              </dd>
            </div>
          ))}
        </dl>
        {outcome.verdict ? <VerdictLine verdict={outcome.verdict} /> : null}
        <table className="w-full text-[13px] tabular">
          <caption className="sr-only">Other results</caption>
          <tbody>
            {others.map(({ id, label, value, unit }) => (
              <tr key={id} className="border-t">
                <th scope="row" className="py-1.5 pr-3 text-left font-normal text-muted-foreground">
                  {label}
                </th>
                <td className="py-1.5 text-right" title={value ?? "no such number"}>
                  {format(value, unit)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {outcome.notes?.map((note) => (
          <p key={note} className="text-xs text-muted-foreground">
            {note}
          </p>
        ))}
      </CardContent>
    </Card>
  );
}

function VerdictLine({ verdict }: { verdict: Verdict }) {
  return (
    <p className="flex flex-wrap items-center gap-2 text-[13px]">
      <Badge variant={VARIANT[verdict.tone]}>{verdict.word}</Badge>
      {verdict.reason}
    </p>
  );
}
