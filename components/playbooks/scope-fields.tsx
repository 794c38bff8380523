"use client";
import { Field } from "@/components/settings/field";
import { Input } from "@/components/ui/input";
import type { GovernanceScope } from "@/lib/advisor/governance/schemas";

export interface ScopeText {
  tenant: string;
  endpoint: string;
}

export const NO_SCOPE: ScopeText = { tenant: "", endpoint: "" };

export const scopeOf = ({ tenant, endpoint }: ScopeText): GovernanceScope => ({
  ...(tenant.trim() ? { tenant: tenant.trim() } : {}),
  ...(endpoint.trim() ? { endpoint: endpoint.trim() } : {}),
});

export const scopeInWords = ({ tenant, endpoint }: GovernanceScope): string =>
  [tenant ? `tenant ${tenant}` : "", endpoint ? `endpoint ${endpoint}` : ""].filter(Boolean).join(", ") || "everything";

/** Whose requests are meant; empty fields leave nothing out. */
export function ScopeFields({ value, onChange }: { value: ScopeText; onChange: (value: ScopeText) => void }) {
  return (
    <div className="grid grid-cols-2 gap-3">
      <Field label="Tenant" hint="Empty: all">
        {(control) => (
          <Input {...control} value={value.tenant} onChange={(event) => onChange({ ...value, tenant: event.target.value })} />
        )}
      </Field>
      <Field label="Endpoint" hint="Empty: all">
        {(control) => (
          <Input {...control} value={value.endpoint} onChange={(event) => onChange({ ...value, endpoint: event.target.value })} />
        )}
      </Field>
    </div>
  );
}
