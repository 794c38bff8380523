"use client";
import { Check, CircleDashed, LoaderCircle, Minus } from "lucide-react";
import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { formatUsd } from "@/lib/money/format";
import { PLAYBOOK_IDS, PLAYBOOKS } from "@/lib/advisor/playbooks/orders";
import type { EndpointProgress, PlaybookView } from "@/lib/advisor/playbooks/schemas";
import type { StepState, StepView } from "@/lib/advisor/playbooks/step-states";

const OPTIONS = PLAYBOOKS.map(({ id, title }) => ({ value: id, label: id === "rollout" ? title : `${id} · ${title}` }));

const STATE: Record<StepState, { label: string; icon: typeof Check; className: string }> = {
  verified: { label: "verified", icon: Check, className: "text-success" },
  in_change: { label: "in change", icon: LoaderCircle, className: "text-accent-foreground" },
  not_started: { label: "not started", icon: CircleDashed, className: "text-warning" },
  nothing_found: { label: "nothing to gain", icon: Minus, className: "text-muted-foreground" },
};

/** One of the published orders, and how far each endpoint is in it. */
export function PlaybookCard() {
  const [playbook, setPlaybook] = useQueryState("playbook", parseAsStringLiteral(PLAYBOOK_IDS).withDefault("A"));
  const query = useApi<PlaybookView>(`/api/v1/advisor/playbooks?playbook=${playbook}`, { refreshMs: 60_000 });
  const chosen = PLAYBOOKS.find(({ id }) => id === playbook)!;
  return (
    <QueryCard
      title="Playbook"
      description={`${chosen.gist} How far an endpoint is follows from findings, changes and what they measurably saved.`}
      query={query}
      isEmpty={({ endpoints }) => endpoints.length === 0}
      empty={{
        title: "No endpoint yet",
        why: "Endpoints appear here when their requests arrive.",
        action: { label: "Connect a source", href: "/welcome" },
      }}
    >
      {({ endpoints, counts, limited }) => (
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-end justify-between gap-3">
            <LabelledSelect
              label="Order"
              value={playbook}
              options={OPTIONS}
              className="w-full min-w-0 sm:w-96"
              onChange={(value) => void setPlaybook(value as (typeof PLAYBOOK_IDS)[number])}
            />
            <p className="text-[13px] text-muted-foreground tabular">
              {counts.verified} verified · {counts.in_change} in change · {counts.not_started} not started
            </p>
          </div>
          {limited ? (
            <p className="text-[13px] text-muted-foreground">
              You see what was found in your tenants alone; over all tenants there may be more to gain.
            </p>
          ) : null}
          <ul className="flex flex-col divide-y">
            {endpoints.map((endpoint) => (
              <EndpointRow key={endpoint.endpoint} progress={endpoint} />
            ))}
          </ul>
        </div>
      )}
    </QueryCard>
  );
}

function EndpointRow({ progress }: { progress: EndpointProgress }) {
  const { endpoint, pools, costUsd, bookedUsd, steps, next } = progress;
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <Link
          href={`/explore?endpoint=${encodeURIComponent(endpoint)}`}
          className="inline-flex min-h-6 items-center font-medium break-all underline-offset-2 hover:underline"
        >
          {endpoint}
        </Link>
        <span className="text-[13px] text-muted-foreground tabular">
          {pools.length > 0 ? `on ${pools.join(", ")} · ` : ""}
          {formatUsd(costUsd)} in 30 days · {formatUsd(bookedUsd)} saved for sure
        </span>
      </div>
      <ol aria-label={`Steps of ${endpoint}`} className="flex flex-wrap gap-1.5">
        {steps.map((step) => (
          <StepChip key={step.id} step={step} />
        ))}
      </ol>
      {next ? (
        <p className="flex flex-wrap items-center gap-2 text-[13px]">
          <Badge variant={next.worth ? "success" : "secondary"}>{next.worth ? "Worth it" : "Not worth it"}</Badge>
          <span>
            Next: <span className="font-medium">{next.label}</span>. {next.why}
          </span>
        </p>
      ) : (
        <p className="text-[13px] text-muted-foreground">Every step is verified, in change, or has nothing to gain.</p>
      )}
    </li>
  );
}

function StepChip({ step }: { step: StepView }) {
  const { label, icon: Icon, className } = STATE[step.state];
  const body = (
    <>
      <Icon aria-hidden className={`size-3.5 shrink-0 ${className}`} />
      {step.label}
      <span className="text-muted-foreground">{label}</span>
    </>
  );
  const shape = "inline-flex min-h-7 items-center gap-1.5 rounded-md border px-2 text-xs";
  const finding = step.findingIds[0];
  const href = finding ? `/advisor?id=${finding}` : step.changeId ? `/changes/${step.changeId}` : null;
  return (
    <li title={step.because}>
      {href ? (
        <Link href={href} className={`${shape} hover:bg-muted`}>
          {body}
        </Link>
      ) : (
        <span className={shape}>{body}</span>
      )}
    </li>
  );
}
