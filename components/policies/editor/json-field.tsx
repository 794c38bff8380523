"use client";
import { useEffect, useRef, useState } from "react";
import { cn } from "@/components/ui/cn";

export interface LineMark {
  line: number;
  severity: "error" | "warning";
}

/** JSON as text, with line numbers and marks beside it. Tab leaves the field, as everywhere else. */
export function JsonField({
  label,
  describedBy,
  value,
  onChange,
  marks,
  jumpTo,
}: {
  label: string;
  describedBy?: string;
  value: string;
  /** Absent: to read only. */
  onChange?: (text: string) => void;
  marks: readonly LineMark[];
  /** Put the caret there; a new object jumps again. */
  jumpTo?: { line: number } | null;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const lines = value.split("\n");
  useEffect(() => {
    const area = field.current;
    if (!area || !jumpTo) return;
    const before = area.value.split("\n").slice(0, jumpTo.line - 1);
    const start = before.reduce((sum, line) => sum + line.length + 1, 0);
    const end = start + (area.value.split("\n")[jumpTo.line - 1]?.length ?? 0);
    area.focus();
    area.setSelectionRange(start, end);
    area.scrollTop = Math.max(0, (jumpTo.line - 4) * LINE_PX);
  }, [jumpTo]);
  return (
    <div className="flex h-80 min-h-40 resize-y overflow-hidden rounded-md border border-input bg-card font-mono text-xs leading-5 focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-ring">
      <div
        aria-hidden
        className="w-10 shrink-0 overflow-hidden border-r bg-muted/60 text-right text-muted-foreground select-none"
      >
        <div className="py-2" style={{ transform: `translateY(${-scrollTop}px)` }}>
          {lines.map((_, index) => {
            const mark = marks.find(({ line }) => line === index + 1);
            return (
              <div
                // A line is its number.
                // oxlint-disable-next-line react/no-array-index-key
                key={index}
                className={cn(
                  "h-5 pr-2",
                  mark?.severity === "error" && "bg-destructive-muted font-semibold text-destructive",
                  mark?.severity === "warning" && "bg-warning-muted font-semibold text-warning",
                )}
              >
                {index + 1}
              </div>
            );
          })}
        </div>
      </div>
      <textarea
        ref={field}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={marks.some(({ severity }) => severity === "error") || undefined}
        readOnly={!onChange}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        className="h-full min-w-0 flex-1 resize-none overflow-auto bg-transparent px-3 py-2 leading-5 whitespace-pre outline-none"
        value={value}
        onChange={(event) => onChange?.(event.target.value)}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      />
    </div>
  );
}

/** leading-5 */
const LINE_PX = 20;
