"use client";
import { Download, Printer } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useMayExport, useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { StatementRevision, StatementView } from "@/lib/statements/schemas";
import { FootprintLine } from "./footprint-line";
import { LinesTable } from "./lines-table";
import { RestateDialog } from "./restate-dialog";
import { formatAmount, monthLabel, STATE_LABEL, STATE_MEANING, STATE_VARIANT, STATUS_VARIANT } from "./words";

const PATH = "/api/v1/statements";
const LIVE = "live";

/** What one tenant owes for a month: as known now or as it was locked, to print, to download, to lock and to restate. */
export function StatementCard({ tenant, month }: { tenant: string; month: string }) {
  const search = new URLSearchParams({ tenant, month }).toString();
  const query = useApi<StatementView>(`${PATH}?${search}`, { refreshMs: 60_000 });
  const mayExport = useMayExport();
  return (
    <QueryCard
      title={`Statement for ${monthLabel(month)}`}
      query={query}
      height={320}
      isEmpty={({ live, revisions }) => live.lines.length === 0 && revisions.length === 0}
      empty={{
        title: "Nothing was charged in this month",
        why: "A statement appears with the first request that costs something. Choose another month above.",
      }}
      actions={
        <span className="flex gap-1.5" data-print="hidden">
          {mayExport ? (
            <Button asChild size="sm" variant="outline">
              <a href={`${PATH}/csv?${search}`} download>
                <Download /> CSV
              </a>
            </Button>
          ) : null}
          <Button size="sm" variant="outline" onClick={() => window.print()}>
            <Printer /> Print
          </Button>
        </span>
      }
    >
      {(view) => <StatementBody key={`${tenant} ${month}`} view={view} />}
    </QueryCard>
  );
}

function StatementBody({ view }: { view: StatementView }) {
  const { timeZone } = useWorkspace();
  const locked = view.revisions.find(({ status }) => status === "locked");
  const draft = view.revisions.find(({ status }) => status === "draft");
  const [chosen, setChosen] = useState<string | null>(null);
  // What is in force first, then what is being drawn up, then what is known.
  const shown = chosen === LIVE ? undefined : (view.revisions.find(({ id }) => id === chosen) ?? locked ?? draft);
  const content = shown?.content ?? view.live;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="flex flex-col gap-1">
          <p className="flex flex-wrap items-center gap-2 text-2xl font-semibold tabular">
            {formatAmount(content.total, content.currency)}
            <Badge variant={shown ? STATUS_VARIANT[shown.status] : STATE_VARIANT[view.state]}>
              {shown ? `${shown.status}, revision ${shown.revision}` : STATE_LABEL[view.state]}
            </Badge>
          </p>
          <p className="text-[13px] text-muted-foreground">
            {view.tenantName}, {formatInstant(content.from, content.timeZone)} to {formatInstant(content.to, content.timeZone)} (
            {content.timeZone}).{" "}
            {content.currency === "USD"
              ? "In US dollars."
              : `$1 is ${content.rate} ${content.currency}, the rate of ${content.rateDay}.`}{" "}
            {shown ? signedBy(shown, timeZone) : STATE_MEANING[view.state]}
          </p>
        </div>
        {view.revisions.length > 0 ? (
          <div data-print="hidden">
            <LabelledSelect
              label="Show"
              className="w-52"
              value={shown?.id ?? LIVE}
              options={[
                ...view.revisions.map(({ id, revision, status }) => ({ value: id, label: `Revision ${revision}, ${status}` })),
                { value: LIVE, label: "What is known now" },
              ]}
              onChange={setChosen}
            />
          </div>
        ) : null}
      </div>
      {locked && Number(view.lateAmount) !== 0 && shown?.status !== "draft" ? (
        <p role="status" className="rounded-md bg-warning-muted px-3 py-2 text-[13px] text-warning" data-print="hidden">
          {formatAmount(view.lateAmount!, content.currency)} became known since it was locked. A restatement adds it as
          corrections; the locked lines stay as they are.
        </p>
      ) : null}
      {view.pendingGpuHours > 0 ? (
        <p role="status" className="text-[13px] text-muted-foreground" data-print="hidden">
          {view.pendingGpuHours} GPU hours of this month are still being shared out; amounts grow until they are.
        </p>
      ) : null}
      <FootprintLine tenant={view.tenant} from={content.from} to={content.to} />
      <Moves view={view} locked={locked} draft={draft} onMoved={() => setChosen(null)} />
      <LinesTable
        caption={`Statement of ${view.tenantName} for ${monthLabel(view.month)}`}
        lines={content.lines}
        total={content.total}
        currency={content.currency}
      />
    </div>
  );
}

function signedBy({ status, lockedBy, lockedAt, draftedBy, draftedAt, reason }: StatementRevision, timeZone: string): string {
  const why = reason ? ` Reason: ${reason}.` : "";
  return status === "draft" || !lockedAt
    ? `Drawn up by ${draftedBy} on ${formatInstant(draftedAt, timeZone)}; a draft binds nobody.${why}`
    : `Locked by ${lockedBy} on ${formatInstant(lockedAt, timeZone)}.${why}`;
}

interface MovesProps {
  view: StatementView;
  locked: StatementRevision | undefined;
  draft: StatementRevision | undefined;
  onMoved: () => void;
}

function Moves({ view, locked, draft, onMoved }: MovesProps) {
  const { user } = useWorkspace();
  const save = useSave<StatementView>(PATH);
  const { tenant, month } = view;
  const move = (body: Record<string, unknown>, done: string) =>
    save.mutateAsync(
      { method: "POST", path: PATH, body: { tenant, month, ...body } },
      {
        onSuccess: () => {
          onMoved();
          toast.success(done);
        },
        onError: (error) => void toast.error(error.message),
      },
    );
  if (user.role === "viewer") return null;
  const admin = user.role === "admin";
  const over = view.state !== "estimated";
  return (
    <div className="flex flex-wrap items-center gap-2" data-print="hidden">
      {locked ? null : (
        <Button
          size="sm"
          variant={draft ? "outline" : "default"}
          disabled={save.isPending}
          onClick={() => void move({ action: "draft" }, "Draft drawn up from what is known now.").catch(() => undefined)}
        >
          {draft ? "Draw up anew" : "Draw up a draft"}
        </Button>
      )}
      {draft && admin && over ? (
        <ConfirmDialog
          trigger={<Button size="sm">Lock revision {draft.revision}</Button>}
          title={`Lock the statement at ${formatAmount(draft.content.total, draft.content.currency)}?`}
          consequence="It cannot be changed afterwards. What comes late goes into a restatement, line by line."
          confirm="Lock"
          variant="default"
          onConfirm={() => move({ action: "lock", contentHash: draft.contentHash }, "Statement locked.")}
        />
      ) : null}
      {locked && !draft && admin ? (
        <RestateDialog
          onRestate={(reason) => move({ action: "restate", reason }, "Restatement drawn up. Look at it, then lock it.")}
        />
      ) : null}
      {draft && !over ? (
        <span className="text-[13px] text-muted-foreground">It can be locked when the month is over.</span>
      ) : draft && !admin ? (
        <span className="text-[13px] text-muted-foreground">An admin locks it.</span>
      ) : null}
    </div>
  );
}
