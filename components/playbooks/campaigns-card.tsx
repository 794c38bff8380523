"use client";
import Link from "next/link";
import { useState } from "react";
import { Sparkline } from "@/components/charts/sparkline";
import { formatMetricValue } from "@/components/format";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { CampaignView, CreateCampaign } from "@/lib/advisor/governance/schemas";
import { METRICS } from "@/lib/metrics/catalogue";
import { DAY_MS, floorToUtcHour } from "@/lib/time";
import { DeleteButton } from "./delete-button";
import { FormDialog } from "./form-dialog";
import { NO_SCOPE, ScopeFields, scopeInWords, scopeOf } from "./scope-fields";
import { useAtLeast } from "@/components/layout/use-at-least";

const PATH = "/api/v1/advisor/campaigns";

const STANDING: Record<
  CampaignView["verdict"]["standing"],
  { label: string; variant: "success" | "warning" | "destructive" | "secondary" }
> = {
  reached: { label: "Reached", variant: "success" },
  on_course: { label: "On course", variant: "success" },
  behind: { label: "Behind", variant: "warning" },
  missed: { label: "Missed", variant: "destructive" },
  no_data: { label: "No data yet", variant: "secondary" },
};

/** Targets with a day and an owner, and how they stand week by week. */
export function CampaignsCard() {
  const query = useApi<{ campaigns: CampaignView[] }>(PATH);
  const mayStart = useAtLeast("analyst");
  const [open, setOpen] = useState(false);
  return (
    <>
      <QueryCard
        title="Campaigns"
        description="A target for a metric by a day, with an owner; progress by week, and the changes that count toward it."
        actions={
          mayStart ? (
            <Button size="sm" variant="outline" onClick={() => setOpen(true)}>
              Start a campaign
            </Button>
          ) : null
        }
        query={query}
        height={120}
        isEmpty={({ campaigns }) => campaigns.length === 0}
        empty={{ title: "No campaign yet", why: "For example: cost per request from $0.08 to $0.02 in 90 days." }}
      >
        {({ campaigns }) => (
          <ul className="flex flex-col divide-y">
            {campaigns.map((campaign) => (
              <Campaign key={campaign.id} campaign={campaign} />
            ))}
          </ul>
        )}
      </QueryCard>
      {open ? <StartDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Campaign({ campaign }: { campaign: CampaignView }) {
  const { timeZone } = useWorkspace();
  const mayDelete = useAtLeast("lead");
  const metric = METRICS.get(campaign.metric);
  const say = (value: string | null) => formatMetricValue(value, metric?.unit ?? "count");
  const { verdict } = campaign;
  const { label, variant } = STANDING[verdict.standing];
  return (
    <li className="flex flex-col gap-1.5 py-3">
      <div className="flex items-start justify-between gap-2">
        <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
          {campaign.name} <Badge variant={variant}>{label}</Badge>
        </p>
        {mayDelete ? (
          <DeleteButton path={`${PATH}/${campaign.id}`} collection={PATH} name={campaign.name} undo={again(campaign)} />
        ) : null}
      </div>
      <p className="text-[13px] text-muted-foreground">
        {metric?.label ?? campaign.metric} of {scopeInWords(campaign.scope)}: {say(campaign.startValue)} →{" "}
        {say(campaign.targetValue)} by {formatInstant(campaign.endsAt, timeZone)} · owner {campaign.owner}
      </p>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2 text-[13px] tabular">
        <Sparkline values={campaign.weeks.map(({ value }) => (value === null ? null : Number(value)))} />
        <span>
          Newest week <span className="font-medium">{say(verdict.current)}</span>: {verdict.words}
        </span>
        {verdict.forecast !== null ? <span>A straight line ends at {say(verdict.forecast)}.</span> : null}
        {campaign.margin !== null ? (
          <span>
            Margin {formatMetricValue(campaign.margin, "ratio")} of {formatMetricValue(campaign.revenuePerRequest, "usd")} a
            request
          </span>
        ) : null}
      </div>
      {campaign.changes.length > 0 ? (
        <p className="text-[13px]">
          Counted:{" "}
          {campaign.changes.map(({ id, number, title }, index) => (
            <span key={id}>
              {index > 0 ? ", " : ""}
              <Link href={`/changes/${id}`} className="text-accent-foreground underline-offset-2 hover:underline">
                #{number} {title}
              </Link>
            </span>
          ))}
        </p>
      ) : null}
    </li>
  );
}

const again = ({
  name,
  metric,
  scope,
  startValue,
  targetValue,
  startsAt,
  endsAt,
  owner,
  revenuePerRequest,
}: CampaignView): CreateCampaign => ({
  name,
  metric,
  scope,
  startValue,
  targetValue,
  startsAt,
  endsAt,
  owner,
  revenuePerRequest,
});

const CAMPAIGN_METRICS = [
  "cost_per_request",
  "cost_per_successful_request",
  "cost_per_action",
  "cost_per_1m_tokens",
  "cache_hit_rate",
  "waste_share",
  "escalation_rate",
].map((value) => ({ value, label: METRICS.get(value)?.label ?? value }));

function StartDialog({ onClose }: { onClose: () => void }) {
  const { user } = useWorkspace();
  const [form, setForm] = useState({
    name: "",
    metric: "cost_per_request",
    start: "",
    target: "",
    days: "90",
    owner: user.name,
    revenue: "",
  });
  const [scope, setScope] = useState(NO_SCOPE);
  const set = (changes: Partial<typeof form>) => setForm({ ...form, ...changes });
  const body = (): CreateCampaign => {
    const from = floorToUtcHour(Date.now());
    return {
      name: form.name,
      metric: form.metric,
      scope: scopeOf(scope),
      startValue: form.start.trim(),
      targetValue: form.target.trim(),
      startsAt: new Date(from).toISOString(),
      endsAt: new Date(from + Number(form.days) * DAY_MS).toISOString(),
      owner: form.owner,
      revenuePerRequest: form.revenue.trim() || null,
    };
  };
  const text = (label: string, key: "name" | "start" | "target" | "days" | "owner" | "revenue", hint?: string) => (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(control) => <Input {...control} value={form[key]} onChange={(event) => set({ [key]: event.target.value })} />}
    </Field>
  );
  return (
    <FormDialog
      title="Start a campaign"
      description="It begins now. Changes that are promoted in its time and scope count toward it."
      action="Start"
      done="The campaign has begun."
      refreshes={PATH}
      request={() => ({ method: "POST", path: PATH, body: body() })}
      onClose={onClose}
    >
      {text("Name", "name")}
      <LabelledSelect
        label="Metric"
        value={form.metric}
        options={CAMPAIGN_METRICS}
        className="w-full"
        onChange={(metric) => set({ metric })}
      />
      <div className="grid grid-cols-2 gap-3">
        {text("Now", "start", "Shares as 0.25")}
        {text("Target", "target")}
        {text("Days", "days")}
        {text("Revenue a request", "revenue", "USD; empty: no margin")}
      </div>
      <ScopeFields value={scope} onChange={setScope} />
      {text("Owner", "owner")}
    </FormDialog>
  );
}
