import { Inbox } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";

export interface EmptyStateProps {
  /** What is not there. */
  title: string;
  /** Why, in one sentence. */
  why?: ReactNode;
  /** What to do next. */
  action?: { label: string; href: string } | { label: string; onClick: () => void };
  icon?: ReactNode;
}

export function EmptyState({ title, why, action, icon }: EmptyStateProps) {
  return (
    <div className="flex h-full min-h-32 flex-col items-center justify-center gap-2 px-4 py-6 text-center">
      <span className="grid size-9 place-items-center rounded-full bg-muted text-muted-foreground [&_svg]:size-4.5" aria-hidden>
        {icon ?? <Inbox />}
      </span>
      <p className="text-sm font-medium">{title}</p>
      {why ? <p className="max-w-md text-[13px] text-balance text-muted-foreground">{why}</p> : null}
      {action ? (
        <div className="pt-1">
          {"href" in action ? (
            <Button asChild size="sm" variant="outline">
              <Link href={action.href}>{action.label}</Link>
            </Button>
          ) : (
            <Button size="sm" variant="outline" onClick={action.onClick}>
              {action.label}
            </Button>
          )}
        </div>
      ) : null}
    </div>
  );
}
