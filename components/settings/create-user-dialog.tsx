"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
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
import { Segmented } from "@/components/ui/segmented";
import { createUserSchema, type CreateUserInput, type UserView } from "@/lib/auth/schemas";
import { Field } from "./field";
import { RoleField } from "./role-field";
import { ShownOnce } from "./shown-once";
import { TenantsPicker } from "./tenants-picker";
import { showRefusal, useSave } from "./use-save";

type Made = { user: UserView; password?: string };

export function CreateUserDialog() {
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<Made>();
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setMade(undefined);
      }}
    >
      <DialogTrigger asChild>
        <Button size="sm">
          <UserPlus aria-hidden /> Add user
        </Button>
      </DialogTrigger>
      <DialogContent>
        {made?.password ? (
          <>
            <DialogHeader>
              <DialogTitle>{made.user.name} can sign in</DialogTitle>
              <DialogDescription>Hand this over on a safe way; they can change it under Settings → Account.</DialogDescription>
            </DialogHeader>
            <ShownOnce label={`Password of ${made.user.email}`} secret={made.password} />
            <DialogFooter>
              <Button onClick={() => setOpen(false)}>Done</Button>
            </DialogFooter>
          </>
        ) : (
          <CreateUserForm
            onMade={(result) => {
              if (result.password) setMade(result);
              else setOpen(false);
            }}
          />
        )}
      </DialogContent>
    </Dialog>
  );
}

function CreateUserForm({ onMade }: { onMade: (made: Made) => void }) {
  const save = useSave<Made>("/api/v1/users");
  const { register, control, handleSubmit, setError, formState } = useForm<CreateUserInput>({
    resolver: zodResolver(createUserSchema),
    defaultValues: { email: "", name: "", role: "viewer", tenants: "all", ssoOnly: false },
  });
  const submit = handleSubmit(async (body) => {
    await save.mutateAsync(
      { method: "POST", path: "/api/v1/users", body },
      {
        onSuccess: (made) => {
          toast.success(`${made.user.name} was added.`);
          onMade(made);
        },
        onError: (error) => showRefusal(error, setError, ["email", "name", "tenants"]),
      },
    );
  });
  const { errors } = formState;
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Add a user</DialogTitle>
        <DialogDescription>A person who may sign in to this console.</DialogDescription>
      </DialogHeader>
      <Field label="Email" error={errors.email?.message}>
        {(props) => <Input type="email" autoComplete="off" {...props} {...register("email")} />}
      </Field>
      <Field label="Name" error={errors.name?.message}>
        {(props) => <Input autoComplete="off" {...props} {...register("name")} />}
      </Field>
      <Controller
        control={control}
        name="role"
        render={({ field, fieldState }) => (
          <RoleField value={field.value} onChange={field.onChange} error={fieldState.error?.message} />
        )}
      />
      <Controller
        control={control}
        name="tenants"
        render={({ field, fieldState }) => (
          <TenantsPicker value={field.value ?? "all"} onChange={field.onChange} error={fieldState.error?.message} />
        )}
      />
      <Controller
        control={control}
        name="ssoOnly"
        render={({ field }) => (
          <Segmented
            label="How they sign in"
            className="justify-self-start"
            options={[
              { value: "password", label: "With a password" },
              { value: "sso", label: "Single sign-on only" },
            ]}
            value={field.value ? "sso" : "password"}
            onChange={(kind) => field.onChange(kind === "sso")}
          />
        )}
      />
      <DialogFooter>
        <Button type="submit" disabled={formState.isSubmitting}>
          Add user
        </Button>
      </DialogFooter>
    </form>
  );
}
