"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useTheme } from "next-themes";
import { useSyncExternalStore } from "react";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import type { Me } from "@/lib/auth/load-me";
import { changePasswordSchema, type ChangePasswordInput } from "@/lib/auth/schemas";
import { Field } from "./field";
import { showRefusal, useSave } from "./use-save";

export function AccountSettings({ me }: { me: Me }) {
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>You</CardTitle>
          <CardDescription>An admin can change your name, role and tenants.</CardDescription>
        </CardHeader>
        <CardContent>
          <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-2 text-[13px]">
            <dt className="text-muted-foreground">Name</dt>
            <dd>{me.name}</dd>
            <dt className="text-muted-foreground">Email</dt>
            <dd className="truncate">{me.email}</dd>
            <dt className="text-muted-foreground">Role</dt>
            <dd>
              <Badge variant="secondary">{me.role}</Badge>
            </dd>
            <dt className="text-muted-foreground">Tenants</dt>
            <dd>{me.tenants === "all" ? "All" : me.tenants.join(", ") || "None yet: ask an admin"}</dd>
          </dl>
        </CardContent>
      </Card>
      <ThemeCard />
      {me.hasPassword ? <PasswordCard email={me.email ?? ""} /> : null}
    </>
  );
}

const THEMES = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "As the system" },
] as const;

function ThemeCard() {
  const { theme, setTheme } = useTheme();
  // The server does not know the theme: nothing is pressed until the browser says.
  const mounted = useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
  return (
    <Card>
      <CardHeader>
        <CardTitle>Theme</CardTitle>
        <CardDescription>Kept in this browser.</CardDescription>
      </CardHeader>
      <CardContent>
        <Segmented label="Theme" options={THEMES} value={(mounted ? (theme ?? "system") : "") as "system"} onChange={setTheme} />
      </CardContent>
    </Card>
  );
}

function PasswordCard({ email }: { email: string }) {
  const save = useSave();
  const { register, handleSubmit, reset, setError, formState } = useForm<ChangePasswordInput>({
    resolver: zodResolver(changePasswordSchema),
    defaultValues: { currentPassword: "", newPassword: "" },
  });
  const submit = handleSubmit(async (body) => {
    await save.mutateAsync(
      { method: "POST", path: "/api/v1/me/password", body },
      {
        onSuccess: () => {
          reset();
          toast.success("Password changed. Your other sessions have ended.");
        },
        onError: (error) => showRefusal(error, setError, ["currentPassword", "newPassword"]),
      },
    );
  });
  return (
    <Card>
      <CardHeader>
        <CardTitle>Password</CardTitle>
        <CardDescription>Changing it ends your sessions in every other browser.</CardDescription>
      </CardHeader>
      <CardContent>
        <form
          onSubmit={(event) => void submit(event).catch(() => undefined)}
          className="flex max-w-sm flex-col gap-3.5"
          noValidate
        >
          {/* For password managers: they file the new password under this name. */}
          <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
          <Field label="Current password" error={formState.errors.currentPassword?.message}>
            {(control) => <Input type="password" autoComplete="current-password" {...control} {...register("currentPassword")} />}
          </Field>
          <Field
            label="New password"
            hint="At least 12 characters. A few random words make a good one."
            error={formState.errors.newPassword?.message}
          >
            {(control) => <Input type="password" autoComplete="new-password" {...control} {...register("newPassword")} />}
          </Field>
          <Button type="submit" className="self-start" disabled={formState.isSubmitting}>
            Change password
          </Button>
        </form>
      </CardContent>
    </Card>
  );
}
