import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

interface ScrollingTableProps {
  caption: string;
  /** The `th` cells. */
  head: ReactNode;
  /** `tbody`, and `tfoot` where there is one. */
  children: ReactNode;
  className?: string;
}

/** A table that is read as a whole: neither sorted nor paged, and wider than a phone. */
export function ScrollingTable({ caption, head, children, className }: ScrollingTableProps) {
  return (
    <div
      // A region that scrolls must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={caption}
      className="min-w-0 overflow-x-auto rounded-md border"
    >
      <table className={cn("w-full border-separate border-spacing-0 text-[13px]", className)}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="text-left text-xs text-muted-foreground [&>th]:border-b [&>th]:bg-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium [&>th]:whitespace-nowrap">
            {head}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}
