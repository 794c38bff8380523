"use client";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { ROLES, type Role } from "@/lib/auth/actor";
import { Field } from "./field";

const MEANING: Record<Role, string> = {
  viewer: "Sees dashboards, requests and costs.",
  analyst: "Also exports and saves views.",
  lead: "Also sends telemetry from the console, and approves changes.",
  admin: "Everything: users, keys, tenants, workspace and audit log.",
};

export function RoleField({ value, onChange, error }: { value: Role; onChange: (role: Role) => void; error?: string }) {
  return (
    <Field label="Role" hint={MEANING[value]} error={error}>
      {(control) => (
        <Select value={value} onValueChange={(role) => onChange(role as Role)}>
          <SelectTrigger {...control}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {ROLES.map((role) => (
              <SelectItem key={role} value={role}>
                <span className="capitalize">{role}</span>
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </Field>
  );
}
