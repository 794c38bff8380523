import { cn } from "@/components/ui/cn";
import { diffLines } from "./diff-lines";

const SIGNS = { same: " ", removed: "−", added: "+" } as const;

/** Two documents as JSON, line by line. */
export function JsonDiff({ from, to, label }: { from: unknown; to: unknown; label: string }) {
  const lines = diffLines(JSON.stringify(from, null, 2), JSON.stringify(to, null, 2));
  return (
    <pre
      // A region that scrolls must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={label}
      className="max-h-72 overflow-auto rounded-md border bg-muted py-2 font-mono text-xs leading-5"
    >
      {lines.map(({ kind, text }, index) => (
        <div
          // Lines repeat; a line is its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          className={cn(
            "w-max min-w-full px-3",
            kind === "removed" && "bg-destructive-muted text-destructive",
            kind === "added" && "bg-success-muted text-success",
          )}
        >
          {SIGNS[kind]} {text}
        </div>
      ))}
    </pre>
  );
}
