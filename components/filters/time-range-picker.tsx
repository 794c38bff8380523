"use client";
import { TZDate } from "@date-fns/tz";
import { Calendar, Check, ChevronDown } from "lucide-react";
import { useState, type FormEvent } from "react";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { RANGE_LABELS, RANGE_PRESETS } from "./range";
import { useFilters } from "./use-filters";

/** Presets and a range of one's own, in the zone of the workspace, which it names. */
export function TimeRangePicker() {
  const { range, from, to, setRange } = useFilters();
  const { timeZone } = useWorkspace();
  const [open, setOpen] = useState(false);
  const label = range === "absolute" ? `${formatInstant(from, timeZone)} – ${formatInstant(to, timeZone)}` : RANGE_LABELS[range];
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="outline" size="sm" aria-label={`Time range: ${label}`} className="max-w-full">
          <Calendar aria-hidden className="text-muted-foreground" />
          <span className="truncate tabular">{label}</span>
          <ChevronDown aria-hidden className="size-3.5 text-muted-foreground" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="w-[19rem] p-0" aria-label="Time range">
        <ul className="p-1">
          {RANGE_PRESETS.filter((preset) => preset !== "absolute").map((preset) => (
            <li key={preset}>
              <button
                type="button"
                aria-pressed={preset === range}
                onClick={() => {
                  setRange(preset);
                  setOpen(false);
                }}
                className={cn(
                  "flex min-h-8 w-full items-center justify-between rounded-md px-2 text-left text-[13px] hover:bg-muted",
                  preset === range && "font-medium",
                )}
              >
                {RANGE_LABELS[preset]}
                {preset === range ? <Check aria-hidden className="size-4" /> : null}
              </button>
            </li>
          ))}
        </ul>
        <AbsoluteRange
          key={`${from}${to}${open}`}
          from={from}
          to={to}
          timeZone={timeZone}
          submit="Apply range"
          onApply={(next) => {
            setRange(next);
            setOpen(false);
          }}
        />
      </PopoverContent>
    </Popover>
  );
}

/** Two fields in the workspace zone, whatever the zone of the browser. */
export function AbsoluteRange({
  from,
  to,
  timeZone,
  submit,
  onApply,
}: {
  from: string;
  to: string;
  timeZone: string;
  submit: string;
  onApply: (range: { from: string; to: string }) => void;
}) {
  const [start, setStart] = useState(() => toField(from, timeZone));
  const [end, setEnd] = useState(() => toField(to, timeZone));
  const [error, setError] = useState("");
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const range = { from: fromField(start, timeZone), to: fromField(end, timeZone) };
    if (!range.from || !range.to) return setError("Give a start and an end.");
    if (range.from >= range.to) return setError("The end must be after the start.");
    setError("");
    onApply({ from: range.from, to: range.to });
  };
  return (
    <form onSubmit={apply} className="flex flex-col gap-2 border-t p-3" noValidate>
      <Label className="flex flex-col gap-1">
        From
        <Input
          type="datetime-local"
          className="h-8 text-[13px]"
          value={start}
          onChange={(event) => setStart(event.target.value)}
        />
      </Label>
      <Label className="flex flex-col gap-1">
        To
        <Input
          type="datetime-local"
          className="h-8 text-[13px]"
          value={end}
          aria-invalid={error !== ""}
          onChange={(event) => setEnd(event.target.value)}
        />
      </Label>
      <p role="alert" className="text-xs text-destructive empty:hidden">
        {error}
      </p>
      <div className="flex items-center justify-between gap-2">
        <span className="truncate text-xs text-muted-foreground">Times in {timeZone}</span>
        <Button type="submit" size="sm">
          {submit}
        </Button>
      </div>
    </form>
  );
}

function toField(iso: string, timeZone: string): string {
  const at = new TZDate(iso, timeZone);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** "2026-11-20T14:30" in the zone, as an instant; undefined when it is no date. */
function fromField(field: string, timeZone: string): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(field);
  if (!parts) return undefined;
  const [year, month, day, hour, minute] = parts.slice(1).map(Number) as [number, number, number, number, number];
  return new Date(new TZDate(year, month - 1, day, hour, minute, timeZone).getTime()).toISOString();
}
