"use client";
import { useState } from "react";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import type { UserView } from "@/lib/auth/schemas";
import { ConfirmDialog } from "./confirm-dialog";
import { CreateUserDialog } from "./create-user-dialog";
import { EditUserDialog } from "./edit-user-dialog";
import { ShownOnce } from "./shown-once";
import { useSave } from "./use-save";

export function UsersSettings() {
  const query = useApi<{ users: UserView[] }>("/api/v1/users");
  const { timeZone } = useWorkspace();
  const [edited, setEdited] = useState<UserView>();
  const [reset, setReset] = useState<{ user: UserView; password: string }>();
  const save = useSave<{ password?: string }>("/api/v1/users");

  const change = async (user: UserView, disabled: boolean) => {
    const body = { disabled };
    await save.mutateAsync(
      { method: "PATCH", path: `/api/v1/users/${user.id}`, body },
      {
        onSuccess: () => void toast.success(`${user.name} ${disabled ? "can no longer sign in" : "can sign in again"}.`),
        onError: (error) => void toast.error(error.message),
      },
    );
  };
  const resetPassword = async (user: UserView) => {
    await save.mutateAsync(
      { method: "POST", path: `/api/v1/users/${user.id}/password` },
      {
        onSuccess: ({ password }) => setReset(password === undefined ? undefined : { user, password }),
        onError: (error) => void toast.error(error.message),
      },
    );
  };

  const columns: DataColumn<UserView>[] = [
    {
      id: "name",
      header: "Name",
      value: (user) => user.name,
      cell: (user) => (
        <span className="flex flex-col">
          <span className="truncate font-medium">{user.name}</span>
          <span className="truncate text-xs text-muted-foreground">{user.email}</span>
        </span>
      ),
    },
    { id: "role", header: "Role", value: (user) => user.role, cell: (user) => <Badge variant="secondary">{user.role}</Badge> },
    { id: "tenants", header: "Tenants", value: (user) => (user.tenants === "all" ? "All" : user.tenants.join(", ") || "None") },
    {
      id: "lastSignIn",
      header: "Last sign-in",
      value: (user) => user.lastSignInAt,
      cell: (user) => (user.lastSignInAt ? formatInstant(user.lastSignInAt, timeZone) : "Never"),
    },
    {
      id: "state",
      header: "State",
      value: (user) => (user.disabledAt ? "disabled" : "active"),
      cell: (user) => <Badge variant={user.disabledAt ? "outline" : "success"}>{user.disabledAt ? "disabled" : "active"}</Badge>,
    },
    {
      id: "actions",
      header: "Actions",
      align: "right",
      value: () => null,
      cell: (user) => (
        <span className="flex justify-end gap-1.5">
          <Button size="sm" variant="outline" aria-label={`Edit ${user.name}`} onClick={() => setEdited(user)}>
            Edit
          </Button>
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="outline" aria-label={`New password for ${user.name}`}>
                New password
              </Button>
            }
            title={`Make a new password for ${user.name}?`}
            consequence="The present password stops working and the open sessions end. The new password is shown once, to you."
            confirm="Make a new password"
            onConfirm={() => resetPassword(user)}
          />
          {user.disabledAt ? (
            <Button
              size="sm"
              variant="outline"
              aria-label={`Enable ${user.name}`}
              onClick={() => void change(user, false).catch(() => undefined)}
            >
              Enable
            </Button>
          ) : (
            <ConfirmDialog
              trigger={
                <Button size="sm" variant="outline" aria-label={`Disable ${user.name}`}>
                  Disable
                </Button>
              }
              title={`Disable ${user.name}?`}
              consequence="Their sessions end within seconds and they cannot sign in. What they did stays in the audit log. You can enable them again."
              confirm="Disable"
              onConfirm={() => change(user, true)}
            />
          )}
        </span>
      ),
    },
  ];
  return (
    <>
      <QueryCard
        title="Users"
        description="People who may sign in, what they may do, and whose data they see."
        actions={<CreateUserDialog />}
        query={query}
        isEmpty={({ users }) => users.length === 0}
        empty={{ title: "No users yet", why: "Add the first person with the button above." }}
      >
        {({ users }) => (
          <DataTable
            caption="Everybody who may sign in"
            rows={users}
            columns={columns}
            rowId={(user) => user.id}
            defaultSort={{ id: "name", desc: false }}
          />
        )}
      </QueryCard>
      {edited ? <EditUserDialog user={edited} onClose={() => setEdited(undefined)} /> : null}
      <Dialog open={reset !== undefined} onOpenChange={(open) => (open ? undefined : setReset(undefined))}>
        <DialogContent>
          <DialogHeader>
            <DialogTitle>New password</DialogTitle>
            <DialogDescription>
              Hand it over on a safe way; {reset?.user.name} can change it under Settings → Account.
            </DialogDescription>
          </DialogHeader>
          {reset ? <ShownOnce label={`Password of ${reset.user.email}`} secret={reset.password} /> : null}
          <DialogFooter>
            <Button onClick={() => setReset(undefined)}>Done</Button>
          </DialogFooter>
        </DialogContent>
      </Dialog>
    </>
  );
}
