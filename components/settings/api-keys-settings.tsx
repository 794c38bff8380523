"use client";
import { useState } from "react";
import { toast } from "sonner";
import { formatAge, formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import type { ApiKeyView } from "@/lib/auth/schemas";
import { ConfirmDialog } from "./confirm-dialog";
import { CreateApiKeyDialog } from "./create-api-key-dialog";
import { keyState, type KeyState } from "./key-state";
import { useSave } from "./use-save";

const STATE_VARIANT = {
  active: "success",
  "expires soon": "warning",
  expired: "outline",
  revoked: "outline",
} as const satisfies Record<KeyState, string>;

type Row = ApiKeyView & { state: KeyState; usedAgo: string };

export function ApiKeysSettings() {
  const query = useApi<{ apiKeys: ApiKeyView[] }>("/api/v1/api-keys");
  const { timeZone } = useWorkspace();
  const [shown, setShown] = useState<"usable" | "all">("usable");
  const save = useSave("/api/v1/api-keys");
  const revoke = async (key: ApiKeyView) => {
    await save.mutateAsync(
      { method: "DELETE", path: `/api/v1/api-keys/${key.id}` },
      {
        onSuccess: () => void toast.success(`${key.name} was revoked.`),
        onError: (error) => void toast.error(error.message),
      },
    );
  };
  // The answer's own time, so that drawing again does not change what is drawn.
  const now = query.dataUpdatedAt;
  const rowsOf = (keys: ApiKeyView[]): Row[] =>
    keys
      .map((key) => ({
        ...key,
        state: keyState(key, now),
        usedAgo: key.lastUsedAt ? formatAge(now - Date.parse(key.lastUsedAt)) : "Never",
      }))
      .filter((key) => shown === "all" || key.state === "active" || key.state === "expires soon");

  const columns: DataColumn<Row>[] = [
    {
      id: "name",
      header: "Name",
      value: (key) => key.name,
      cell: (key) => (
        <span className="flex flex-col">
          <span className="truncate font-medium">{key.name}</span>
          <code className="font-mono text-xs text-muted-foreground">{key.prefix}…</code>
        </span>
      ),
    },
    { id: "scopes", header: "Scopes", value: (key) => key.scopes.join(", ") },
    { id: "tenant", header: "Tenant", value: (key) => key.tenantId ?? "Every tenant" },
    { id: "lastUsed", header: "Last used", value: (key) => key.lastUsedAt, cell: (key) => key.usedAgo },
    {
      id: "expires",
      header: "Expires",
      value: (key) => key.expiresAt,
      cell: (key) => (key.expiresAt ? formatInstant(key.expiresAt, timeZone) : "Never"),
    },
    { id: "createdBy", header: "Created by", value: (key) => key.createdBy, hidden: true },
    {
      id: "createdAt",
      header: "Created",
      value: (key) => key.createdAt,
      cell: (key) => formatInstant(key.createdAt, timeZone),
      hidden: true,
    },
    {
      id: "state",
      header: "State",
      value: (key) => key.state,
      cell: (key) => <Badge variant={STATE_VARIANT[key.state]}>{key.state}</Badge>,
    },
    {
      id: "actions",
      header: "Actions",
      align: "right",
      value: () => null,
      cell: (key) =>
        key.state === "revoked" ? null : (
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="outline" aria-label={`Revoke ${key.name}`}>
                Revoke
              </Button>
            }
            title={`Revoke ${key.name}?`}
            consequence="Whatever uses this key is refused within ten seconds. This cannot be undone; what it sent before stays."
            confirm="Revoke key"
            onConfirm={() => revoke(key)}
          />
        ),
    },
  ];
  return (
    <QueryCard
      title="API keys"
      description="How gateways, programs and pipelines reach Headroom. Only a hash of each key is kept."
      actions={<CreateApiKeyDialog />}
      query={query}
      isEmpty={({ apiKeys }) => apiKeys.length === 0}
      empty={{
        title: "No API keys yet",
        why: "Create one with the button above, then send the first event.",
        action: { label: "How to connect a source", href: "/welcome" },
      }}
    >
      {({ apiKeys }) => (
        <DataTable
          caption="Every API key"
          rows={rowsOf(apiKeys)}
          columns={columns}
          rowId={(key) => key.id}
          toolbar={
            <Segmented
              label="Which keys"
              options={[
                { value: "usable", label: "In use" },
                { value: "all", label: "All" },
              ]}
              value={shown}
              onChange={setShown}
            />
          }
          empty="Every key is expired or revoked."
        />
      )}
    </QueryCard>
  );
}
