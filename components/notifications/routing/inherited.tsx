"use client";
import { useId, type ReactNode } from "react";
import { formatMs } from "@/components/format";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/label";
import { LabelledSelect } from "@/components/ui/labelled-select";

/** A setting that a route has of its own, or takes from the one above it (undefined). */
export function Inherited<T>({
  label,
  value,
  above,
  start,
  onChange,
  children,
}: {
  label: string;
  value: T | undefined;
  /** What it is when it is not its own, in words. */
  above: string;
  start: T;
  onChange: (value: T | undefined) => void;
  children: (value: T) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex min-h-6 items-center gap-2">
        <Checkbox id={id} checked={value !== undefined} onCheckedChange={(on) => onChange(on === true ? start : undefined)} />
        <Label htmlFor={id}>{label}</Label>
      </div>
      {value === undefined ? (
        <p className="pl-6 text-xs text-muted-foreground">{above}</p>
      ) : (
        <div className="pl-6">{children(value)}</div>
      )}
    </div>
  );
}

const ABOVE = "above";
const named = (sec: number, zero: string) => (sec === 0 ? zero : formatMs(sec * 1_000));

/** One of the usual times, or that of the route above. */
export function InheritedTime({
  label,
  value,
  above,
  aboveName,
  usualSec,
  zero,
  onChange,
}: {
  label: string;
  value: number | undefined;
  above: number;
  aboveName: string;
  usualSec: readonly number[];
  /** What no time at all is called. */
  zero: string;
  onChange: (value: number | undefined) => void;
}) {
  const all = [...new Set([...usualSec, ...(value === undefined ? [] : [value])])].toSorted((a, b) => a - b);
  return (
    <LabelledSelect
      label={label}
      className="w-full"
      value={value === undefined ? ABOVE : String(value)}
      options={[
        { value: ABOVE, label: `${aboveName} (${named(above, zero)})` },
        ...all.map((sec) => ({ value: String(sec), label: named(sec, zero) })),
      ]}
      onChange={(next) => onChange(next === ABOVE ? undefined : Number(next))}
    />
  );
}
