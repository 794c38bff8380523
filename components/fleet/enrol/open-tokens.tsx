"use client";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Button } from "@/components/ui/button";
import { notify } from "@/components/ui/notify";
import type { EnrolmentTokenView } from "@/lib/fleet/schemas";
import { TOKENS_PATH } from "../use-targets";
import { CONNECTOR_LABEL } from "../words";
import { tokenState } from "./follow-enrolment";

/** Tokens that still let machines in. What it was cannot be shown: only its hash is kept. */
export function OpenTokens() {
  const { timeZone } = useWorkspace();
  const query = useApi<{ enrolmentTokens: EnrolmentTokenView[] }>(TOKENS_PATH, { refreshMs: 5_000 });
  const save = useSave(TOKENS_PATH);
  const now = query.dataUpdatedAt;
  const revoke = (token: EnrolmentTokenView) =>
    save.mutateAsync(
      { method: "DELETE", path: `${TOKENS_PATH}/${token.id}` },
      {
        onSuccess: () => void notify("success", "The token was revoked."),
        onError: (error) => void notify("error", error.message),
      },
    );
  const columns: DataColumn<EnrolmentTokenView>[] = [
    {
      id: "for",
      header: "For",
      value: (token) => token.name ?? (token.connector ? CONNECTOR_LABEL[token.connector] : "Any target"),
    },
    {
      id: "connector",
      header: "Connector",
      value: (token) => token.connector,
      cell: (token) => (token.connector ? CONNECTOR_LABEL[token.connector] : "Any"),
    },
    {
      id: "environment",
      header: "Environment",
      value: (token) => token.environment,
      cell: (token) => `${token.environment}${token.pool === null ? "" : `, pool ${token.pool}`}`,
    },
    {
      id: "uses",
      header: "Used",
      align: "right",
      value: (token) => token.uses,
      cell: (token) => `${token.uses} of ${token.maxUses}`,
    },
    {
      id: "expires",
      header: "Expires",
      value: (token) => token.expiresAt,
      cell: (token) => (
        <span title={formatInstant(token.expiresAt, timeZone, { seconds: true })}>
          in {Math.max(1, Math.round((Date.parse(token.expiresAt) - now) / 60_000))} min
        </span>
      ),
    },
    { id: "createdBy", header: "Made by", value: (token) => token.createdBy },
    {
      id: "actions",
      header: "Actions",
      align: "right",
      value: () => null,
      cell: (token) => (
        <ConfirmDialog
          trigger={
            <Button size="sm" variant="outline" aria-label={`Revoke the token for ${token.name ?? "several machines"}`}>
              Revoke
            </Button>
          }
          title="Revoke this enrolment token?"
          consequence="Nobody can come in with it any more. What came in with it stays."
          confirm="Revoke token"
          onConfirm={() => revoke(token)}
        />
      ),
    },
  ];
  const open = (tokens: EnrolmentTokenView[]) => tokens.filter((token) => tokenState(token, now) === "open");
  // None is the rule, and says nothing: the card comes with the first one.
  if (query.data && open(query.data.enrolmentTokens).length === 0) return null;
  return (
    <QueryCard
      title="Open enrolment tokens"
      description="They still let machines in. Each ends by itself within the hour."
      query={query}
      height={96}
    >
      {({ enrolmentTokens }) => (
        <DataTable
          caption="List of open enrolment tokens"
          rows={open(enrolmentTokens)}
          columns={columns}
          rowId={(token) => token.id}
          defaultSort={{ id: "expires", desc: false }}
        />
      )}
    </QueryCard>
  );
}
