"use client";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import type { LitellmMapping } from "@/lib/telemetry/litellm/mapping";
import type { OtlpMapping } from "@/lib/telemetry/otlp/mapping";
import { Field } from "./field";
import { FIELDS_OF, mappingFromText, mappingToText, type MappingText, type RuleField } from "./mapping-text";
import { useSave } from "./use-save";

const LABELS: Record<RuleField, string> = {
  tenant: "Tenant",
  endpoint: "Endpoint",
  feature: "Feature",
  route: "Route",
  gateway: "Gateway",
  region: "Region",
  action: "Action id",
  actionStep: "Action step",
};

type Mapping = { kind: "otlp"; mapping: OtlpMapping } | { kind: "litellm"; mapping: LitellmMapping };

/** Which names of a source become tenant, endpoint and the rest. */
export function MappingCard({ kind, mapping }: Mapping) {
  const [text, setText] = useState(() => mappingToText(mapping));
  const [errors, setErrors] = useState<Partial<Record<keyof MappingText, string>>>({});
  const save = useSave("/api/v1/workspace");
  const set = (field: keyof MappingText) => (event: { target: { value: string } }) =>
    setText({ ...text, [field]: event.target.value });

  async function submit(event: FormEvent) {
    event.preventDefault();
    const parsed = mappingFromText(text, kind);
    setErrors("errors" in parsed ? parsed.errors : {});
    if ("errors" in parsed) return;
    await save.mutateAsync(
      { method: "PATCH", path: "/api/v1/workspace", body: { [`${kind}Mapping`]: parsed.mapping } },
      {
        onSuccess: () => void toast.success("Mapping saved. It holds for what arrives from now on."),
        onError: (error) => void toast.error(error.message),
      },
    );
  }
  return (
    <Card>
      <CardHeader>
        <CardTitle>{kind === "otlp" ? "OpenTelemetry mapping" : "LiteLLM mapping"}</CardTitle>
        <CardDescription>
          {kind === "otlp" ? (
            <>
              Which span or resource attribute becomes what. One rule a line, tried in order; the first that is present wins. A
              rule is an attribute name, or a template like{" "}
              <code className="font-mono">{"{service.name}.{gen_ai.operation.name}"}</code>.
            </>
          ) : (
            <>
              Which field of a call becomes what, by the same rules. Fields: <code className="font-mono">user_api_key_alias</code>
              , <code className="font-mono">user_api_key_team_alias</code>, <code className="font-mono">end_user</code>,{" "}
              <code className="font-mono">model_group</code>, <code className="font-mono">request_tags.KEY</code>,{" "}
              <code className="font-mono">spend_logs_metadata.KEY</code> and their like.
            </>
          )}
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form onSubmit={(event) => void submit(event).catch(() => undefined)} className="flex flex-col gap-4" noValidate>
          <div className="grid gap-4 lg:grid-cols-2">
            {FIELDS_OF[kind].map((field) => (
              <Field key={field} label={LABELS[field]} error={errors[field]}>
                {(control) => (
                  <Textarea
                    {...control}
                    spellCheck={false}
                    className="font-mono text-[12.5px]"
                    value={text[field]}
                    onChange={set(field)}
                  />
                )}
              </Field>
            ))}
          </div>
          <Field
            label="Tags"
            hint="tag = attribute, attribute. Up to 15; list a tag above to make it a dimension."
            error={errors.tags}
          >
            {(control) => (
              <Textarea
                {...control}
                spellCheck={false}
                className="font-mono text-[12.5px]"
                value={text.tags}
                onChange={set("tags")}
              />
            )}
          </Field>
          <div className="grid gap-4 lg:grid-cols-2">
            <Field label="Tenant without a match" hint="Its spend stays visible under this name." error={errors.unmappedTenant}>
              {(control) => <Input {...control} value={text.unmappedTenant} onChange={set("unmappedTenant")} />}
            </Field>
            <Field label="Endpoint without a match" error={errors.unmappedEndpoint}>
              {(control) => <Input {...control} value={text.unmappedEndpoint} onChange={set("unmappedEndpoint")} />}
            </Field>
          </div>
          <Button type="submit" className="self-start" disabled={save.isPending}>
            Save {kind === "otlp" ? "OpenTelemetry" : "LiteLLM"} mapping
          </Button>
        </form>
      </CardContent>
    </Card>
  );
}
