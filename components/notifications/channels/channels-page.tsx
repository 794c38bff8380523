"use client";
import { Megaphone } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { toast } from "sonner";
import { formatAge } from "@/components/format/time-label";
import { useApi } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { ShownOnce } from "@/components/settings/shown-once";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import type { ChannelView } from "@/lib/notifications/channels/schemas";
import type { DeliveryDetail } from "@/lib/notifications/delivery/schemas";
import { HEALTH_LABEL, HEALTH_VARIANT, KIND_LABEL, STATUS_LABEL } from "../words";
import { ChannelDialog, EditChannelDialog } from "./channel-dialog";

const CHANNELS = "/api/v1/notification-channels";

/** Where people are told, and whether it works. */
export function ChannelsPage() {
  const query = useApi<{ channels: ChannelView[] }>(CHANNELS, { refreshMs: 10_000 });
  const now = query.dataUpdatedAt;
  const age = (at: string | null) => (at === null ? "Never" : formatAge(now - Date.parse(at)));
  const columns: DataColumn<ChannelView>[] = [
    {
      id: "name",
      header: "Channel",
      value: ({ name }) => name,
      cell: ({ name, kind, enabled }) => (
        <span className="flex flex-col">
          <span className="font-medium">{name}</span>
          <span className="text-xs text-muted-foreground">
            {KIND_LABEL[kind]}
            {enabled ? "" : ", off"}
          </span>
        </span>
      ),
    },
    {
      id: "health",
      header: "Health",
      value: ({ health }) => HEALTH_LABEL[health],
      cell: ({ health, lastError }) => (
        <span className="flex max-w-72 flex-col gap-0.5">
          <Badge className="self-start" variant={HEALTH_VARIANT[health]}>
            {HEALTH_LABEL[health]}
          </Badge>
          {health === "failing" && lastError ? <span className="truncate text-xs text-muted-foreground">{lastError}</span> : null}
        </span>
      ),
    },
    {
      id: "lastSuccess",
      header: "Last delivered",
      value: ({ lastSuccessAt }) => lastSuccessAt,
      cell: ({ lastSuccessAt }) => age(lastSuccessAt),
    },
    {
      id: "waiting",
      header: "Waiting",
      align: "right",
      value: ({ waiting }) => waiting,
      href: ({ id, waiting }) => (waiting > 0 ? `/alerts/deliveries?channel=${id}&status=queued` : undefined),
    },
    { id: "tenants", header: "Told of", value: ({ tenants }) => (tenants.includes("*") ? "Every tenant" : tenants.join(", ")) },
    { id: "createdBy", header: "Created by", value: ({ createdBy }) => createdBy, hidden: true },
    {
      id: "actions",
      header: "Actions",
      align: "right",
      value: () => null,
      cell: (channel) => <ChannelActions channel={channel} channels={query.data?.channels ?? []} />,
    },
  ];
  return (
    <QueryCard
      title="Channels"
      description="Where people are told. Everything is in the inbox (the bell above) too, with no channel at all."
      actions={<ChannelDialog channels={query.data?.channels ?? []} />}
      query={query}
      isEmpty={({ channels }) => channels.length === 0}
      empty={{
        icon: <Megaphone />,
        title: "No channel yet",
        why: "Alerts, budgets and changes are in the inbox only. Add Slack, mail, PagerDuty, Teams or a webhook with the button above.",
      }}
    >
      {({ channels }) => (
        <DataTable caption="List of channels" rows={channels} columns={columns} rowId={({ id }) => id} empty="No channel." />
      )}
    </QueryCard>
  );
}

function ChannelActions({ channel, channels }: { channel: ChannelView; channels: readonly ChannelView[] }) {
  const [testing, setTesting] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const save = useSave<{ deliveryId?: string; secret?: string }>(CHANNELS, "/api/v1/notification-routing");
  const path = `${CHANNELS}/${channel.id}`;
  const act = (action: string, onSuccess: (answer: { deliveryId?: string; secret?: string }) => void) =>
    save.mutate({ method: "POST", path, body: { action } }, { onSuccess, onError: (error) => void toast.error(error.message) });
  return (
    <span className="flex flex-wrap justify-end gap-1.5">
      <Button
        size="sm"
        variant="outline"
        aria-label={`Test ${channel.name}`}
        onClick={() => act("test", ({ deliveryId }) => setTesting(deliveryId ?? null))}
      >
        Test
      </Button>
      <EditChannelDialog channel={channel} channels={channels} />
      <Button
        size="sm"
        variant="outline"
        aria-label={`${channel.enabled ? "Switch off" : "Switch on"} ${channel.name}`}
        onClick={() =>
          save.mutate(
            { method: "PATCH", path, body: { baseVersion: channel.version, enabled: !channel.enabled } },
            { onError: (error) => void toast.error(error.message) },
          )
        }
      >
        {channel.enabled ? "Switch off" : "Switch on"}
      </Button>
      {channel.kind === "webhook" ? (
        <Button
          size="sm"
          variant="outline"
          aria-label={
            channel.secrets.includes("previous") ? `Drop old secret of ${channel.name}` : `New secret for ${channel.name}`
          }
          onClick={() =>
            channel.secrets.includes("previous")
              ? act("drop_previous_secret", () => void toast.success("Only the new secret signs from now on."))
              : act("rotate_secret", (answer) => setSecret(answer.secret ?? null))
          }
        >
          {channel.secrets.includes("previous") ? "Drop old secret" : "New secret"}
        </Button>
      ) : null}
      <ConfirmDialog
        trigger={
          <Button size="sm" variant="outline" aria-label={`Delete ${channel.name}`}>
            Delete
          </Button>
        }
        title={`Delete ${channel.name}?`}
        consequence="Its secrets are gone and cannot be brought back. Routes do without it; what waits for it is cancelled; its log stays."
        confirm="Delete channel"
        onConfirm={() => save.mutateAsync({ method: "DELETE", path })}
      />
      <Dialog open={testing !== null} onOpenChange={(open) => !open && setTesting(null)}>
        <DialogContent>{testing === null ? null : <TestResult deliveryId={testing} name={channel.name} />}</DialogContent>
      </Dialog>
      <Dialog open={secret !== null} onOpenChange={(open) => !open && setSecret(null)}>
        <DialogContent>
          <DialogHeader>
            <DialogTitle>New secret of {channel.name}</DialogTitle>
            <DialogDescription>The old one signs too, until you drop it. Give the receiver the new one first.</DialogDescription>
          </DialogHeader>
          <ShownOnce label="Signing secret" secret={secret ?? ""} />
        </DialogContent>
      </Dialog>
    </span>
  );
}

/** What the channel answered, as soon as it did. */
function TestResult({ deliveryId, name }: { deliveryId: string; name: string }) {
  const query = useApi<DeliveryDetail>(`/api/v1/notification-deliveries/${deliveryId}`, {
    refreshMs: (known) => (known && known.tries.some(({ outcome }) => outcome !== null) ? false : 1_000),
  });
  const tried = query.data?.tries.findLast(({ outcome }) => outcome !== null);
  return (
    <>
      <DialogHeader>
        <DialogTitle>Test of {name}</DialogTitle>
        <DialogDescription>A message marked as a test was sent the way every other one is.</DialogDescription>
      </DialogHeader>
      <div role="status" className="flex flex-col gap-2 text-sm">
        {tried ? (
          <>
            <p className="font-medium">
              {query.data!.status === "delivered"
                ? "The channel took it."
                : `The channel did not take it (${STATUS_LABEL[query.data!.status].toLowerCase()}).`}
            </p>
            <pre className="rounded-md border bg-muted p-2 text-xs break-all whitespace-pre-wrap">
              {[tried.statusCode, tried.answer].filter(Boolean).join(" ") || "It answered nothing."}
            </pre>
          </>
        ) : (
          <p>{query.error ? query.error.message : "Waiting for its answer…"}</p>
        )}
        <Link className="text-[13px] underline" href={`/alerts/deliveries?delivery=${deliveryId}`}>
          See the delivery
        </Link>
      </div>
    </>
  );
}
