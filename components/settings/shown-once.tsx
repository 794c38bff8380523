"use client";
import { CopyButton } from "@/components/ui/copy-button";

/** A secret that will not be shown again. */
export function ShownOnce({ label, secret }: { label: string; secret: string }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-[13px] font-medium">{label}</p>
      <div className="flex items-center gap-1 rounded-md border border-warning/40 bg-warning-muted py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 font-mono text-[13px] break-all">{secret}</code>
        <CopyButton value={secret} label={`Copy ${label.toLowerCase()}`} />
      </div>
      <p className="text-xs text-muted-foreground">Copy it now: it is not kept, and cannot be shown again.</p>
    </div>
  );
}
