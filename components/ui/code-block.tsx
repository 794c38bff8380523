import { cn } from "./cn";
import { CopyButton } from "./copy-button";

/** Text to copy into a terminal or an editor. Scrolls sideways by keyboard too. */
export function CodeBlock({ code, label = "Code", className }: { code: string; label?: string; className?: string }) {
  return (
    <div className={cn("relative min-w-0 rounded-lg border bg-muted", className)}>
      <pre
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={label}
        role="region"
        className="overflow-x-auto py-3 pr-12 pl-4 font-mono text-[12.5px] leading-relaxed"
      >
        <code>{code}</code>
      </pre>
      <CopyButton
        value={code}
        label={`Copy ${label.toLowerCase()}`}
        className="absolute top-2 right-2 bg-card"
        variant="outline"
      />
    </div>
  );
}
