"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useApi } from "@/components/query";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CodeBlock } from "@/components/ui/code-block";
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
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { API_SCOPES, type ApiScope } from "@/lib/auth/actor";
import { createApiKeySchema, type ApiKeyView, type CreateApiKeyInput } from "@/lib/auth/schemas";
import type { TenantView } from "@/lib/workspace/schemas";
import { curlFor } from "./curl-for";
import { Field } from "./field";
import { ShownOnce } from "./shown-once";
import { showRefusal, useSave } from "./use-save";

type Made = { apiKey: ApiKeyView; key: string };

const SCOPE_MEANING: Record<ApiScope, string> = {
  ingest: "Send usage, samples and OpenTelemetry",
  read: "Query metrics and requests",
  admin: "Everything an admin may do",
};

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
  { value: "never", label: "Never" },
] as const;
const expiryOf = (lifetime: string) =>
  lifetime === "never" ? null : new Date(Date.now() + Number(lifetime) * DAY_MS).toISOString();
const EVERY_TENANT = "*";

export function CreateApiKeyDialog() {
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
          <KeyRound aria-hidden /> Create key
        </Button>
      </DialogTrigger>
      <DialogContent>
        {made ? (
          <>
            <DialogHeader>
              <DialogTitle>{made.apiKey.name} is ready</DialogTitle>
              <DialogDescription>Try it from a terminal, then put it where your program keeps its secrets.</DialogDescription>
            </DialogHeader>
            <ShownOnce label="API key" secret={made.key} />
            <TryIt made={made} />
            <DialogFooter>
              <Button onClick={() => setOpen(false)}>Done</Button>
            </DialogFooter>
          </>
        ) : (
          <CreateApiKeyForm onMade={setMade} />
        )}
      </DialogContent>
    </Dialog>
  );
}

function TryIt({ made }: { made: Made }) {
  const code = curlFor(made.apiKey, made.key, window.location.origin);
  return code ? <CodeBlock code={code} label="Line to try it" /> : null;
}

function CreateApiKeyForm({ onMade }: { onMade: (made: Made) => void }) {
  const save = useSave<Made>("/api/v1/api-keys");
  const tenants = useApi<{ tenants: TenantView[] }>("/api/v1/tenants");
  const [lifetime, setLifetime] = useState<string>("365");
  const { register, control, handleSubmit, setError, formState } = useForm<CreateApiKeyInput>({
    resolver: zodResolver(createApiKeySchema),
    defaultValues: { name: "", scopes: ["ingest"], tenantId: null },
  });
  const submit = handleSubmit(async (values) => {
    await save.mutateAsync(
      { method: "POST", path: "/api/v1/api-keys", body: { ...values, expiresAt: expiryOf(lifetime) } },
      { onSuccess: onMade, onError: (error) => showRefusal(error, setError, ["name", "scopes", "tenantId"]) },
    );
  });
  const { errors } = formState;
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Create an API key</DialogTitle>
        <DialogDescription>
          For a gateway, a program or a pipeline. One key for each, so that each can be revoked.
        </DialogDescription>
      </DialogHeader>
      <Field label="Name" hint="Where it is used, like “gateway eu-west”." error={errors.name?.message}>
        {(props) => <Input autoComplete="off" {...props} {...register("name")} />}
      </Field>
      <Controller
        control={control}
        name="scopes"
        render={({ field, fieldState }) => (
          <fieldset className="flex flex-col gap-1">
            <legend className="mb-1 text-[13px] font-medium">May</legend>
            {API_SCOPES.map((scope) => (
              <div key={scope} className="flex min-h-7 items-center gap-2">
                <Checkbox
                  id={`scope-${scope}`}
                  checked={field.value.includes(scope)}
                  onCheckedChange={(on) =>
                    field.onChange(on === true ? [...field.value, scope] : field.value.filter((one) => one !== scope))
                  }
                />
                <Label htmlFor={`scope-${scope}`} className="font-normal">
                  {SCOPE_MEANING[scope]} <code className="font-mono text-xs text-muted-foreground">{scope}</code>
                </Label>
              </div>
            ))}
            {fieldState.error ? (
              <p role="alert" className="text-xs text-destructive">
                {fieldState.error.message}
              </p>
            ) : null}
          </fieldset>
        )}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Controller
          control={control}
          name="tenantId"
          render={({ field, fieldState }) => (
            <Field label="Tenant" error={fieldState.error?.message}>
              {(props) => (
                <Select
                  value={field.value ?? EVERY_TENANT}
                  onValueChange={(id) => field.onChange(id === EVERY_TENANT ? null : id)}
                >
                  <SelectTrigger {...props}>
                    <SelectValue />
                  </SelectTrigger>
                  <SelectContent>
                    <SelectItem value={EVERY_TENANT}>Every tenant</SelectItem>
                    {(tenants.data?.tenants ?? []).map((tenant) => (
                      <SelectItem key={tenant.id} value={tenant.id}>
                        {tenant.name}
                      </SelectItem>
                    ))}
                  </SelectContent>
                </Select>
              )}
            </Field>
          )}
        />
        <Field label="Expires">
          {(props) => (
            <Select value={lifetime} onValueChange={setLifetime}>
              <SelectTrigger {...props}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {LIFETIMES.map(({ value, label }) => (
                  <SelectItem key={value} value={value}>
                    {label}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </Field>
      </div>
      <DialogFooter>
        <Button type="submit" disabled={formState.isSubmitting}>
          Create key
        </Button>
      </DialogFooter>
    </form>
  );
}
