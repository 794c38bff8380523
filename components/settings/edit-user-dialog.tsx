"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { Controller, useForm } from "react-hook-form";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { updateUserSchema, type UpdateUserInput, type UserView } from "@/lib/auth/schemas";
import { Field } from "./field";
import { RoleField } from "./role-field";
import { TenantsPicker } from "./tenants-picker";
import { showRefusal, useSave } from "./use-save";

export function EditUserDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const save = useSave<{ user: UserView }>("/api/v1/users");
  const { register, control, handleSubmit, setError, formState } = useForm<UpdateUserInput>({
    resolver: zodResolver(updateUserSchema),
    defaultValues: { name: user.name, role: user.role, tenants: user.tenants, mayBreakGlass: user.mayBreakGlass },
  });
  const submit = handleSubmit(async (values) => {
    // Only what was touched: a change of power ends the person's sessions.
    const body = Object.fromEntries(
      Object.entries(values).filter(([name]) => formState.dirtyFields[name as keyof UpdateUserInput]),
    );
    await save.mutateAsync(
      { method: "PATCH", path: `/api/v1/users/${user.id}`, body },
      {
        onSuccess: () => {
          toast.success(`${values.name ?? user.name} was changed.`);
          onClose();
        },
        onError: (error) => showRefusal(error, setError, ["name", "role", "tenants"]),
      },
    );
  });
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent>
        <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="contents" noValidate>
          <DialogHeader>
            <DialogTitle>{user.name}</DialogTitle>
            <DialogDescription>{user.email}. A new role or other tenants end the open sessions.</DialogDescription>
          </DialogHeader>
          <Field label="Name" error={formState.errors.name?.message}>
            {(props) => <Input {...props} {...register("name")} />}
          </Field>
          <Controller
            control={control}
            name="role"
            render={({ field, fieldState }) => (
              <RoleField value={field.value ?? user.role} onChange={field.onChange} error={fieldState.error?.message} />
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
            name="mayBreakGlass"
            render={({ field }) => (
              <div className="flex min-h-7 items-center gap-2">
                <Checkbox
                  id="may-break-glass"
                  checked={field.value ?? false}
                  onCheckedChange={(on) => field.onChange(on === true)}
                />
                <Label htmlFor="may-break-glass" className="font-normal">
                  May start a change without approval in an incident (break-glass); a review is owed afterwards
                </Label>
              </div>
            )}
          />
          <DialogFooter>
            <Button type="submit" disabled={formState.isSubmitting || !formState.isDirty}>
              Save
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
