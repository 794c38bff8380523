import { Label } from "./label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "./select";

/** One of few values, under its name. */
export function LabelledSelect({
  label,
  value,
  options,
  placeholder,
  className,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  placeholder?: string;
  /** Of the trigger: its width. */
  className: string;
  onChange: (value: string) => void;
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <Label asChild>
        <span aria-hidden>{label}</span>
      </Label>
      <Select value={value} onValueChange={onChange}>
        <SelectTrigger size="sm" aria-label={label} className={className}>
          <SelectValue placeholder={placeholder} />
        </SelectTrigger>
        <SelectContent>
          {options.map((option) => (
            <SelectItem key={option.value} value={option.value}>
              {option.label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    </div>
  );
}
