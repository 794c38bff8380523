"use client";
import { useState } from "react";
import { formatMetricValue } from "@/components/format";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";
import { REVIEW_EVERY_DAYS, type ReviewList, type ReviewView } from "@/lib/advisor/governance/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { FormDialog } from "./form-dialog";
import { useAtLeast } from "@/components/layout/use-at-least";

const PATH = "/api/v1/advisor/reviews";

/** Once a quarter: did tokens, escalations or hit rates drift, and do own GPUs still pay? */
export function ReviewsCard() {
  const query = useApi<ReviewList>(PATH);
  const mayReview = useAtLeast("lead");
  const { timeZone } = useWorkspace();
  const [open, setOpen] = useState(false);
  return (
    <>
      <QueryCard
        title="Quarterly review"
        description={`Every ${REVIEW_EVERY_DAYS} days: the quarter beside the one before, and own GPUs against the API.`}
        actions={
          mayReview ? (
            <Button size="sm" variant="outline" onClick={() => setOpen(true)}>
              Review now
            </Button>
          ) : null
        }
        query={query}
        height={120}
        isEmpty={({ reviews }) => reviews.length === 0}
        empty={{ title: "No review yet", why: "The first one is due now. It looks at the last 90 days and is kept." }}
      >
        {({ reviews, dueAt }) => (
          <div className="flex flex-col gap-4">
            <p className="text-[13px] text-muted-foreground">Next one due {formatInstant(dueAt, timeZone)}.</p>
            <ul className="flex flex-col gap-5">
              {reviews.map((review) => (
                <Review key={review.id} review={review} />
              ))}
            </ul>
          </div>
        )}
      </QueryCard>
      {open ? <ReviewDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Review({ review }: { review: ReviewView }) {
  const { timeZone } = useWorkspace();
  const { hosting, drift } = review.result;
  return (
    <li className="flex flex-col gap-1.5">
      <p className="text-sm">
        <span className="font-medium">{formatInstant(review.at, timeZone)}</span>{" "}
        <span className="text-[13px] text-muted-foreground">by {review.by}</span>
      </p>
      {review.note ? <p className="text-[13px] break-words">{review.note}</p> : null}
      {hosting ? (
        <p className="flex flex-wrap items-center gap-2 text-[13px]">
          <Badge variant="secondary">{hosting.verdict}</Badge> {hosting.reason} Break-even{" "}
          {formatMetricValue(hosting.breakEven, "ratio")}
          {hosting.utilization === null ? "" : `, in use ${hosting.utilization} %`}.
        </p>
      ) : null}
      <table className="w-full max-w-xl text-[13px] tabular">
        <caption className="sr-only">Drift of the quarter</caption>
        <thead>
          <tr className="text-xs text-muted-foreground">
            <th scope="col" className="py-1 text-left font-medium">
              Metric
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Before
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              This quarter
            </th>
          </tr>
        </thead>
        <tbody>
          {drift.map(({ id, before, after }) => {
            const unit = METRICS.get(id)?.unit ?? "count";
            return (
              <tr key={id} className="border-t">
                <th scope="row" className="py-1 text-left font-normal">
                  {METRICS.get(id)?.label ?? id}
                </th>
                <td className="py-1 text-right">{formatMetricValue(before, unit)}</td>
                <td className="py-1 text-right">{formatMetricValue(after, unit)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </li>
  );
}

function ReviewDialog({ onClose }: { onClose: () => void }) {
  const [note, setNote] = useState("");
  return (
    <FormDialog
      title="Review the quarter"
      description="Headroom compares the last 90 days with the 90 before, and keeps what it saw with your note."
      action="Review"
      done="The review is kept."
      refreshes={PATH}
      request={() => ({ method: "POST", path: PATH, body: { note } })}
      onClose={onClose}
    >
      <Field label="Note" hint="What was decided. May be empty.">
        {(control) => <Textarea {...control} rows={3} value={note} onChange={(event) => setNote(event.target.value)} />}
      </Field>
    </FormDialog>
  );
}
