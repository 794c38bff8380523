"use client";
import { Send, X } from "lucide-react";
import Link from "next/link";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { useSave } from "@/components/settings/use-save";
import { ErrorState, QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { Segmented } from "@/components/ui/segmented";
import { incidentPath } from "@/lib/alerts/incidents/schemas";
import type { ChannelView } from "@/lib/notifications/channels/schemas";
import { DELIVERY_STATUSES, type DeliveryDetail, type DeliveryView } from "@/lib/notifications/delivery/schemas";
import { CAUSE_LABEL, SEVERITY_VARIANT, STATUS_LABEL, STATUS_VARIANT } from "../words";

const DELIVERIES = "/api/v1/notification-deliveries";
const ANY = "any";

/** What was sent where, and what became of it. */
export function DeliveriesPage() {
  const { timeZone } = useWorkspace();
  const [filter, setFilter] = useQueryStates(
    {
      status: parseAsStringLiteral([...DELIVERY_STATUSES, ANY] as const).withDefault(ANY),
      channel: parseAsString.withDefault(ANY),
      incident: parseAsString,
      before: parseAsString,
      delivery: parseAsString,
    },
    { history: "push" },
  );
  const search = new URLSearchParams();
  if (filter.status !== ANY) search.set("status", filter.status);
  if (filter.channel !== ANY) search.set("channel", filter.channel);
  if (filter.incident) search.set("about", incidentPath(filter.incident));
  if (filter.before) search.set("before", filter.before);
  const query = useApi<{ deliveries: DeliveryView[]; next: string | null }>(`${DELIVERIES}?${search}`, { refreshMs: 5_000 });
  const channels = useApi<{ channels: ChannelView[] }>("/api/v1/notification-channels");
  const columns: DataColumn<DeliveryView>[] = [
    {
      id: "title",
      header: "Message",
      value: ({ title }) => title,
      cell: ({ id, title }) => (
        <button
          type="button"
          className="max-w-96 truncate text-left font-medium hover:underline"
          onClick={() => void setFilter({ delivery: id })}
        >
          {title}
        </button>
      ),
    },
    { id: "channel", header: "Channel", value: ({ channel }) => channel },
    {
      id: "status",
      header: "Status",
      value: ({ status }) => STATUS_LABEL[status],
      cell: ({ status }) => <Badge variant={STATUS_VARIANT[status]}>{STATUS_LABEL[status]}</Badge>,
    },
    { id: "cause", header: "Why", value: ({ cause }) => CAUSE_LABEL[cause] ?? cause },
    {
      id: "severity",
      header: "Severity",
      value: ({ severity }) => severity,
      cell: ({ severity }) => <Badge variant={SEVERITY_VARIANT[severity]}>{severity}</Badge>,
    },
    { id: "attempts", header: "Attempts", align: "right", value: ({ attempts }) => attempts },
    {
      id: "createdAt",
      header: "Created",
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => formatInstant(createdAt, timeZone),
    },
    {
      id: "next",
      header: "Next attempt",
      value: ({ nextAttemptAt }) => nextAttemptAt,
      cell: ({ nextAttemptAt }) => (nextAttemptAt ? formatInstant(nextAttemptAt, timeZone) : "–"),
    },
  ];
  return (
    <>
      <QueryCard
        title="Deliveries"
        description="One message to one channel, tried until it is delivered or given up. Each can be looked at and sent again."
        query={query}
        isEmpty={({ deliveries }) => deliveries.length === 0 && search.size === 0}
        empty={{
          icon: <Send />,
          title: "Nothing was sent yet",
          why: "Once there is a channel, everything that it is told appears here.",
          action: { label: "Add a channel", href: "/alerts/channels" },
        }}
      >
        {({ deliveries, next }) => (
          <div className="flex flex-col gap-3">
            <DataTable
              caption="List of deliveries"
              rows={deliveries}
              columns={columns}
              rowId={({ id }) => id}
              csv="deliveries"
              toolbar={
                <div className="flex flex-wrap items-end gap-3">
                  <Segmented
                    label="Status"
                    options={([ANY, ...DELIVERY_STATUSES] as const).map((value) => ({
                      value,
                      label: value === ANY ? "All" : STATUS_LABEL[value],
                    }))}
                    value={filter.status}
                    onChange={(status) => void setFilter({ status, before: null })}
                  />
                  <LabelledSelect
                    label="Channel"
                    className="w-44"
                    value={filter.channel}
                    options={[
                      { value: ANY, label: "Every channel" },
                      ...(channels.data?.channels ?? []).map(({ id, name }) => ({ value: id, label: name })),
                    ]}
                    onChange={(channel) => void setFilter({ channel, before: null })}
                  />
                  {filter.incident ? (
                    <span className="flex h-8 items-center gap-1 rounded-md border pl-2.5 text-[13px]">
                      <Link className="underline underline-offset-2" href={incidentPath(filter.incident)}>
                        Of one incident
                      </Link>
                      <Button
                        size="icon"
                        variant="ghost"
                        className="size-7"
                        aria-label="Of every incident"
                        onClick={() => void setFilter({ incident: null, before: null })}
                      >
                        <X aria-hidden />
                      </Button>
                    </span>
                  ) : null}
                </div>
              }
              empty="No delivery matches."
            />
            {next ? (
              <Button size="sm" variant="outline" className="self-center" onClick={() => void setFilter({ before: next })}>
                Older
              </Button>
            ) : null}
          </div>
        )}
      </QueryCard>
      <Dialog open={filter.delivery !== null} onOpenChange={(open) => !open && void setFilter({ delivery: null })}>
        <DialogContent className="max-w-2xl">
          {filter.delivery === null ? null : (
            <Delivery id={filter.delivery} onReplayed={(delivery) => void setFilter({ delivery })} />
          )}
        </DialogContent>
      </Dialog>
    </>
  );
}

function Delivery({ id, onReplayed }: { id: string; onReplayed: (id: string) => void }) {
  const { timeZone } = useWorkspace();
  const query = useApi<DeliveryDetail>(`${DELIVERIES}/${id}`, {
    refreshMs: (known) => (known && !["queued", "sending"].includes(known.status) ? false : 1_000),
  });
  const save = useSave<{ deliveryId: string }>(DELIVERIES);
  const delivery = query.data?.id === id ? query.data : undefined;
  if (query.error && !delivery) {
    return (
      <>
        <DialogTitle>Delivery</DialogTitle>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (!delivery) return <DialogTitle>Delivery is loading</DialogTitle>;
  const replayable =
    delivery.cause !== "test" && ["delivered", "failed"].includes(delivery.status) && delivery.channelId !== null;
  return (
    <>
      <DialogHeader>
        <DialogTitle>{delivery.title}</DialogTitle>
        <DialogDescription>
          {CAUSE_LABEL[delivery.cause] ?? delivery.cause} to {delivery.channel}
          {delivery.requestedBy ? `, by ${delivery.requestedBy}` : ""}. {STATUS_LABEL[delivery.status]}.
        </DialogDescription>
      </DialogHeader>
      <div className="flex min-w-0 flex-col gap-3 text-[13px]">
        <p>
          Message id <code className="font-mono text-xs break-all">{delivery.messageId}</code>
        </p>
        <section aria-label="Attempts" className="flex flex-col gap-1">
          <h3 className="font-medium">Attempts</h3>
          <ol className="flex flex-col gap-1">
            {delivery.tries.map((one) => (
              <li key={one.number} className="rounded-md border p-2">
                <span className="font-medium">
                  {one.number}. {one.outcome ?? "in the air"}
                  {one.statusCode === null ? "" : ` (${one.statusCode})`}
                </span>{" "}
                <span className="text-muted-foreground">{formatInstant(one.startedAt, timeZone)}</span>
                {one.answer ? <p className="text-xs break-all text-muted-foreground">{one.answer}</p> : null}
              </li>
            ))}
          </ol>
        </section>
        {delivery.payload ? (
          <section aria-label="Payload" className="flex min-w-0 flex-col gap-1">
            <h3 className="font-medium">Payload, without secrets</h3>
            <pre className="rounded-md border bg-muted p-2 text-xs break-all whitespace-pre-wrap">{delivery.payload}</pre>
          </section>
        ) : null}
      </div>
      {replayable ? (
        <DialogFooter>
          <Button
            disabled={save.isPending}
            onClick={() =>
              save.mutate(
                { method: "POST", path: `${DELIVERIES}/${id}` },
                {
                  onSuccess: ({ deliveryId }) => {
                    toast.success("It is sent again.");
                    onReplayed(deliveryId);
                  },
                  onError: (error) => void toast.error(error.message),
                },
              )
            }
          >
            Send again
          </Button>
        </DialogFooter>
      ) : null}
    </>
  );
}
