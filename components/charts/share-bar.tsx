import { cn } from "@/components/ui/cn";

const percent = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });

/** A share of a whole as a bar and as text. `share` is a fraction; null is unknown. */
export function ShareBar({
  share,
  color = "var(--primary)",
  className,
}: {
  share: number | null;
  color?: string;
  className?: string;
}) {
  const width = share === null || !Number.isFinite(share) ? 0 : Math.max(0, Math.min(1, share));
  return (
    <span className={cn("flex items-center justify-end gap-2 tabular", className)}>
      <span aria-hidden className="h-1.5 w-16 min-w-8 overflow-hidden rounded-full bg-secondary">
        <span className="block h-full rounded-full" style={{ width: `${width * 100}%`, background: color }} />
      </span>
      <span className="w-11 text-right text-muted-foreground">
        {share === null || !Number.isFinite(share) ? "—" : percent.format(share)}
      </span>
    </span>
  );
}
