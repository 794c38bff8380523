"use client";
import { useId } from "react";
import { useApi } from "@/components/query";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/label";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import type { TenantView } from "@/lib/workspace/schemas";

export interface TenantsPickerProps {
  value: "all" | string[];
  onChange: (value: "all" | string[]) => void;
  error?: string;
  legend?: string;
  /** What it means that none is chosen. */
  none?: string;
}

/** All tenants, or exactly these. */
export function TenantsPicker({
  value,
  onChange,
  error,
  legend = "Sees and acts on",
  none = "No tenant is chosen: this person would see no data at all.",
}: TenantsPickerProps) {
  const id = useId();
  const { data } = useApi<{ tenants: TenantView[] }>("/api/v1/tenants");
  const chosen = value === "all" ? [] : value;
  // Somebody may be limited to a tenant that is archived: it stays visible here.
  const offered = (data?.tenants ?? []).filter((tenant) => !tenant.archivedAt || chosen.includes(tenant.id));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">{legend}</legend>
      <Segmented
        label="Tenant scope"
        className="self-start"
        options={[
          { value: "all", label: "All tenants" },
          { value: "some", label: "Only some" },
        ]}
        value={value === "all" ? "all" : "some"}
        onChange={(kind) => onChange(kind === "all" ? "all" : [])}
      />
      {value === "all" ? null : (
        <div className="flex max-h-44 flex-col overflow-y-auto rounded-md border p-2">
          {offered.map((tenant) => (
            <div key={tenant.id} className="flex min-h-8 items-center gap-2">
              <Checkbox
                id={`${id}-${tenant.id}`}
                checked={chosen.includes(tenant.id)}
                onCheckedChange={(on) =>
                  onChange(on === true ? [...chosen, tenant.id] : chosen.filter((one) => one !== tenant.id))
                }
              />
              <Label htmlFor={`${id}-${tenant.id}`} className="font-normal">
                {tenant.name}
              </Label>
            </div>
          ))}
          {data ? null : <Skeleton className="h-24 w-full" />}
          {data && offered.length === 0 ? <p className="text-[13px] text-muted-foreground">There is no tenant yet.</p> : null}
        </div>
      )}
      {value !== "all" && chosen.length === 0 ? <p className="text-xs text-muted-foreground">{none}</p> : null}
      {error ? (
        <p role="alert" className="text-xs text-destructive">
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
