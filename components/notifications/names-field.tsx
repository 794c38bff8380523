"use client";
import { Field } from "@/components/settings/field";
import { Input } from "@/components/ui/input";

interface NamesFieldProps {
  label: string;
  hint: string;
  error?: string | undefined;
  value: readonly string[];
  onChange: (names: string[]) => void;
}

/** Names, separated by commas. */
export function NamesField({ label, hint, error, value, onChange }: NamesFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(props) => (
        <Input
          {...props}
          autoComplete="off"
          value={value.join(",")}
          onChange={({ target }) => onChange(target.value === "" ? [] : target.value.split(",").map((name) => name.trim()))}
        />
      )}
    </Field>
  );
}
