"use client";
import { useState } from "react";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { Textarea } from "@/components/ui/textarea";
import { CACHE_DECISIONS, LATENCY_CLASSES, type ChecklistRow, type EndpointChoice } from "@/lib/advisor/governance/schemas";
import { formatUsd } from "@/lib/money/format";
import { FormDialog } from "./form-dialog";
import { useAtLeast } from "@/components/layout/use-at-least";

const PATH = "/api/v1/advisor/checklist";

/** Per endpoint: the choice that was made on purpose, and models that nobody chose. */
export function ChecklistCard() {
  const query = useApi<{ endpoints: ChecklistRow[] }>(PATH);
  const mayDocument = useAtLeast("lead");
  const [editing, setEditing] = useState<ChecklistRow | null>(null);
  return (
    <>
      <QueryCard
        title="Endpoint checklist"
        description="Smallest acceptable model, output cap, cache, latency class, owner and budget of every endpoint, and why: so that nobody upgrades it silently."
        query={query}
        isEmpty={({ endpoints }) => endpoints.length === 0}
        empty={{ title: "No endpoint yet", why: "Endpoints appear here when their requests arrive." }}
      >
        {({ endpoints }) => (
          <ul className="flex flex-col divide-y">
            {endpoints.map((row) => (
              <li key={row.endpoint} className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 py-2.5">
                <div className="min-w-0 flex-1 basis-64">
                  <p className="flex flex-wrap items-center gap-2 text-sm font-medium break-all">
                    {row.endpoint}
                    {row.choice ? null : <Badge variant="warning">not documented</Badge>}
                    {row.undocumentedModels.length > 0 ? <Badge variant="destructive">another model serves it</Badge> : null}
                  </p>
                  <p className="text-[13px] break-words text-muted-foreground">
                    {row.choice
                      ? `${row.choice.model} · ${row.choice.outputCap === null ? "no cap" : `cap ${row.choice.outputCap} tokens`} · cache ${row.choice.cache} · ${row.choice.latencyClass} · owner ${row.choice.owner} · ${row.choice.budgetUsd === null ? "no budget" : `${formatUsd(row.choice.budgetUsd)} a month`}`
                      : `Served by ${row.models.join(", ") || "nobody in the last 7 days"}.`}
                  </p>
                  {row.choice ? <p className="text-[13px] break-words">{row.choice.why}</p> : null}
                  {row.undocumentedModels.length > 0 ? (
                    <p className="text-[13px] break-words text-destructive">
                      In the last 7 days also served by {row.undocumentedModels.join(", ")}.
                    </p>
                  ) : null}
                </div>
                <div className="flex items-center gap-3 text-[13px] text-muted-foreground tabular">
                  {formatUsd(row.costUsd)} in 30 days
                  {mayDocument ? (
                    <Button size="sm" variant="outline" aria-label={`Document ${row.endpoint}`} onClick={() => setEditing(row)}>
                      {row.choice ? "Edit" : "Document"}
                    </Button>
                  ) : null}
                </div>
              </li>
            ))}
          </ul>
        )}
      </QueryCard>
      {editing ? <ChoiceDialog row={editing} onClose={() => setEditing(null)} /> : null}
    </>
  );
}

const options = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

function ChoiceDialog({ row, onClose }: { row: ChecklistRow; onClose: () => void }) {
  const [form, setForm] = useState({
    model: row.choice?.model ?? row.models[0] ?? "",
    cap: row.choice?.outputCap?.toString() ?? "",
    cache: row.choice?.cache ?? "none",
    latencyClass: row.choice?.latencyClass ?? "interactive",
    owner: row.choice?.owner ?? "",
    budget: row.choice?.budgetUsd ?? "",
    why: row.choice?.why ?? "",
  });
  const set = (changes: Partial<typeof form>) => setForm({ ...form, ...changes });
  const body = (): EndpointChoice => ({
    model: form.model,
    outputCap: form.cap.trim() === "" ? null : Number(form.cap),
    cache: form.cache,
    latencyClass: form.latencyClass,
    owner: form.owner,
    budgetUsd: form.budget.trim() || null,
    why: form.why,
  });
  const text = (label: string, key: "model" | "cap" | "owner" | "budget", hint?: string) => (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(control) => <Input {...control} value={form[key]} onChange={(event) => set({ [key]: event.target.value })} />}
    </Field>
  );
  return (
    <FormDialog
      title={`Document ${row.endpoint}`}
      description="What was chosen on purpose. The audit log keeps what stood here before."
      action="Document"
      done={`${row.endpoint} is documented.`}
      refreshes={PATH}
      request={() => ({ method: "PUT", path: `${PATH}/${encodeURIComponent(row.endpoint)}`, body: body() })}
      onClose={onClose}
    >
      {text("Smallest acceptable model", "model")}
      <div className="grid grid-cols-2 gap-3">
        {text("Output cap, tokens", "cap", "Empty: none, on purpose")}
        {text("Budget a month, USD", "budget", "Empty: none, on purpose")}
        <LabelledSelect
          label="Cache"
          value={form.cache}
          options={options(CACHE_DECISIONS)}
          className="w-full"
          onChange={(cache) => set({ cache: cache as EndpointChoice["cache"] })}
        />
        <LabelledSelect
          label="Latency class"
          value={form.latencyClass}
          options={options(LATENCY_CLASSES)}
          className="w-full"
          onChange={(latencyClass) => set({ latencyClass: latencyClass as EndpointChoice["latencyClass"] })}
        />
      </div>
      {text("Owner", "owner")}
      <Field label="Why">
        {(control) => <Textarea {...control} rows={3} value={form.why} onChange={(event) => set({ why: event.target.value })} />}
      </Field>
    </FormDialog>
  );
}
