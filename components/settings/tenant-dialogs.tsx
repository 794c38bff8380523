"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import {
  createTenantSchema,
  updateTenantSchema,
  type CreateTenantInput,
  type TenantView,
  type UpdateTenantInput,
} from "@/lib/workspace/schemas";
import { Field } from "./field";
import { showRefusal, useSave } from "./use-save";

export function CreateTenantDialog() {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Plus aria-hidden /> Add tenant
        </Button>
      </DialogTrigger>
      <DialogContent>
        <CreateTenantForm onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

function CreateTenantForm({ onDone }: { onDone: () => void }) {
  const save = useSave("/api/v1/tenants");
  const { register, handleSubmit, setError, formState } = useForm<CreateTenantInput>({
    resolver: zodResolver(createTenantSchema),
    defaultValues: { id: "", name: "" },
  });
  const submit = handleSubmit(async (body) => {
    await save.mutateAsync(
      { method: "POST", path: "/api/v1/tenants", body },
      {
        onSuccess: () => {
          toast.success(`${body.name} was added.`);
          onDone();
        },
        onError: (error) => showRefusal(error, setError, ["id", "name"]),
      },
    );
  });
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Add a tenant</DialogTitle>
        <DialogDescription>Before its first event, so that users and keys can be limited to it.</DialogDescription>
      </DialogHeader>
      <Field
        label="Id"
        hint="Exactly what telemetry sends as tenant. It cannot be changed later."
        error={formState.errors.id?.message}
      >
        {(control) => <Input autoComplete="off" className="font-mono" {...control} {...register("id")} />}
      </Field>
      <Field label="Name" hint="What people read." error={formState.errors.name?.message}>
        {(control) => <Input autoComplete="off" {...control} {...register("name")} />}
      </Field>
      <DialogFooter>
        <Button type="submit" disabled={formState.isSubmitting}>
          Add tenant
        </Button>
      </DialogFooter>
    </form>
  );
}

export function RenameTenantDialog({ tenant }: { tenant: TenantView }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" variant="outline" aria-label={`Rename ${tenant.name}`}>
          Rename
        </Button>
      </DialogTrigger>
      <DialogContent>
        <RenameTenantForm tenant={tenant} onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

function RenameTenantForm({ tenant, onDone }: { tenant: TenantView; onDone: () => void }) {
  const save = useSave("/api/v1/tenants");
  const { register, handleSubmit, setError, formState } = useForm<UpdateTenantInput>({
    resolver: zodResolver(updateTenantSchema),
    defaultValues: { name: tenant.name },
  });
  const submit = handleSubmit(async (body) => {
    await save.mutateAsync(
      { method: "PATCH", path: `/api/v1/tenants/${encodeURIComponent(tenant.id)}`, body },
      {
        onSuccess: () => {
          toast.success(`Now called ${body.name}.`);
          onDone();
        },
        onError: (error) => showRefusal(error, setError, ["name"]),
      },
    );
  });
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Rename {tenant.name}</DialogTitle>
        <DialogDescription>
          The id <code className="font-mono">{tenant.id}</code> stays: telemetry sends it.
        </DialogDescription>
      </DialogHeader>
      <Field label="Name" error={formState.errors.name?.message}>
        {(control) => <Input autoComplete="off" {...control} {...register("name")} />}
      </Field>
      <DialogFooter>
        <Button type="submit" disabled={formState.isSubmitting}>
          Rename
        </Button>
      </DialogFooter>
    </form>
  );
}
