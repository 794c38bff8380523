"use client";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { TenantView } from "@/lib/workspace/schemas";
import { ConfirmDialog } from "./confirm-dialog";
import { CreateTenantDialog, RenameTenantDialog } from "./tenant-dialogs";
import { useSave } from "./use-save";

const stateOf = (tenant: TenantView) => (tenant.archivedAt ? "archived" : tenant.discovered ? "discovered" : "confirmed");
const STATE_VARIANT = { archived: "outline", discovered: "warning", confirmed: "success" } as const;

export function TenantsSettings() {
  const query = useApi<{ tenants: TenantView[] }>("/api/v1/tenants");
  const { timeZone } = useWorkspace();
  const save = useSave("/api/v1/tenants");
  const change = async (tenant: TenantView, body: { name?: string; archived?: boolean }, done: string) => {
    await save.mutateAsync(
      { method: "PATCH", path: `/api/v1/tenants/${encodeURIComponent(tenant.id)}`, body },
      { onSuccess: () => void toast.success(done), onError: (error) => void toast.error(error.message) },
    );
  };
  const columns: DataColumn<TenantView>[] = [
    {
      id: "name",
      header: "Name",
      value: (tenant) => tenant.name,
      cell: (tenant) => (
        <span className="flex flex-col">
          <span className="truncate font-medium">{tenant.name}</span>
          <code className="truncate font-mono text-xs text-muted-foreground">{tenant.id}</code>
        </span>
      ),
    },
    {
      id: "state",
      header: "State",
      value: stateOf,
      cell: (tenant) => <Badge variant={STATE_VARIANT[stateOf(tenant)]}>{stateOf(tenant)}</Badge>,
    },
    {
      id: "createdAt",
      header: "Since",
      value: (tenant) => tenant.createdAt,
      cell: (tenant) => formatInstant(tenant.createdAt, timeZone),
    },
    {
      id: "actions",
      header: "Actions",
      align: "right",
      value: () => null,
      cell: (tenant) => (
        <span className="flex justify-end gap-1.5">
          {tenant.discovered ? (
            <Button
              size="sm"
              variant="outline"
              aria-label={`Confirm ${tenant.name}`}
              onClick={() => void change(tenant, { name: tenant.name }, `${tenant.name} is confirmed.`).catch(() => undefined)}
            >
              Confirm
            </Button>
          ) : null}
          <RenameTenantDialog tenant={tenant} />
          {tenant.archivedAt ? (
            <Button
              size="sm"
              variant="outline"
              aria-label={`Bring back ${tenant.name}`}
              onClick={() => void change(tenant, { archived: false }, `${tenant.name} is back.`).catch(() => undefined)}
            >
              Bring back
            </Button>
          ) : (
            <ConfirmDialog
              trigger={
                <Button size="sm" variant="outline" aria-label={`Archive ${tenant.name}`}>
                  Archive
                </Button>
              }
              title={`Archive ${tenant.name}?`}
              consequence="It is no longer offered when users and keys are made. Its spend stays in every number, and new telemetry is still accepted. You can bring it back."
              confirm="Archive"
              onConfirm={() => change(tenant, { archived: true }, `${tenant.name} is archived.`)}
            />
          )}
        </span>
      ),
    },
  ];
  return (
    <QueryCard
      title="Tenants"
      description="Customers or teams that spend is attributed to. One that telemetry names first appears here by itself, as discovered."
      actions={<CreateTenantDialog />}
      query={query}
      isEmpty={({ tenants }) => tenants.length === 0}
      empty={{
        title: "No tenants yet",
        why: "The first event brings its tenant along, or create one with the button above.",
        action: { label: "How to connect a source", href: "/welcome" },
      }}
    >
      {({ tenants }) => <DataTable caption="Every tenant" rows={tenants} columns={columns} rowId={(tenant) => tenant.id} />}
    </QueryCard>
  );
}
