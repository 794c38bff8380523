"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { Controller, useForm } from "react-hook-form";
import { toast } from "sonner";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import type { LitellmMapping } from "@/lib/telemetry/litellm/mapping";
import type { OtlpMapping } from "@/lib/telemetry/otlp/mapping";
import type { Workspace } from "@/lib/workspace";
import { updateWorkspaceSchema, type UpdateWorkspaceInput } from "@/lib/workspace/schemas";
import { Field } from "./field";
import { MappingCard } from "./mapping-card";
import { showRefusal, useSave } from "./use-save";

type Answer = {
  workspace: Omit<Workspace, "otlpMapping" | "litellmMapping"> & { otlpMapping: OtlpMapping; litellmMapping: LitellmMapping };
};

export function WorkspaceSettings() {
  const query = useApi<Answer>("/api/v1/workspace");
  return (
    <>
      <QueryCard
        title="Workspace"
        description="How this installation shows time and money, and how long it keeps single requests."
        query={query}
        height={380}
        isEmpty={() => false}
      >
        {({ workspace }) => <WorkspaceForm workspace={workspace} />}
      </QueryCard>
      {query.data ? <MappingCard kind="otlp" mapping={query.data.workspace.otlpMapping} /> : null}
      {query.data ? <MappingCard kind="litellm" mapping={query.data.workspace.litellmMapping} /> : null}
    </>
  );
}

function WorkspaceForm({ workspace }: Answer) {
  const router = useRouter();
  const save = useSave<Answer>("/api/v1");
  const { register, control, handleSubmit, setError, reset, formState } = useForm<UpdateWorkspaceInput>({
    resolver: zodResolver(updateWorkspaceSchema),
    defaultValues: {
      name: workspace.name,
      timeZone: workspace.timeZone,
      currency: workspace.currency,
      rawRetentionDays: workspace.rawRetentionDays,
      changeQuorum: workspace.changeQuorum,
      tagKeys: workspace.tagKeys,
    },
  });
  const { errors } = formState;
  const submit = handleSubmit(async (values) => {
    await save.mutateAsync(
      { method: "PATCH", path: "/api/v1/workspace", body: values },
      {
        onSuccess: () => {
          toast.success(
            values.timeZone === workspace.timeZone
              ? "Workspace saved."
              : "Workspace saved. Days are being built anew in the new time zone; numbers stay right meanwhile.",
          );
          reset(values);
          // The shell shows the name and the zone.
          router.refresh();
        },
        onError: (error) =>
          showRefusal(error, setError, ["name", "timeZone", "currency", "rawRetentionDays", "changeQuorum", "tagKeys"]),
      },
    );
  });
  return (
    <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="flex max-w-xl flex-col gap-4" noValidate>
      <Field label="Name" error={errors.name?.message}>
        {(props) => <Input {...props} {...register("name")} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Time zone" hint="Days, weeks and months begin at midnight here." error={errors.timeZone?.message}>
          {(props) => (
            <>
              <Input {...props} list="time-zones" autoComplete="off" spellCheck={false} {...register("timeZone")} />
              <datalist id="time-zones">
                {Intl.supportedValuesOf("timeZone").map((zone) => (
                  <option key={zone}>{zone}</option>
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field
          label="Currency of statements"
          hint="Costs are kept in US dollars. Another currency needs an exchange rate under Pricing → Currencies."
          error={errors.currency?.message}
        >
          {(props) => (
            <Input
              {...props}
              maxLength={3}
              autoComplete="off"
              spellCheck={false}
              className="uppercase"
              {...register("currency")}
            />
          )}
        </Field>
      </div>
      <Field
        label="Keep single requests for (days)"
        hint="Older requests are deleted for good. Sums per hour are kept for 25 months, sums per day for ever."
        error={errors.rawRetentionDays?.message}
      >
        {(props) => (
          <Input
            type="number"
            min={1}
            max={3650}
            className="max-w-36 tabular"
            {...props}
            {...register("rawRetentionDays", { valueAsNumber: true })}
          />
        )}
      </Field>
      <Field
        label="Approvals of a change"
        hint="By people who did not work on it. Engines that restart cold and 4-bit formats need two at least."
        error={errors.changeQuorum?.message}
      >
        {(props) => (
          <Input
            type="number"
            min={1}
            max={5}
            className="max-w-36 tabular"
            {...props}
            {...register("changeQuorum", { valueAsNumber: true })}
          />
        )}
      </Field>
      <Controller
        control={control}
        name="tagKeys"
        render={({ field, fieldState }) => (
          <Field
            label="Tags as a dimension"
            hint="Comma-separated, up to 10. Other tags stay on the single request."
            error={fieldState.error?.message ?? (errors.tagKeys as { message?: string }[] | undefined)?.find?.(Boolean)?.message}
          >
            {(props) => (
              <Input
                {...props}
                spellCheck={false}
                defaultValue={(field.value ?? []).join(", ")}
                onBlur={field.onBlur}
                onChange={(event) =>
                  field.onChange(
                    event.target.value
                      .split(",")
                      .map((key) => key.trim())
                      .filter(Boolean),
                  )
                }
              />
            )}
          </Field>
        )}
      />
      <Button type="submit" className="self-start" disabled={formState.isSubmitting || !formState.isDirty}>
        Save workspace
      </Button>
    </form>
  );
}
