"use client";
import { AlertTriangle } from "lucide-react";
import Link from "next/link";
import type { ChangePreview } from "@/lib/changes/schemas";
import { STATUS_LABEL } from "../words";

/** Open changes of the same policies: allowed, but only one at a time is carried out, and the other must then be rebased. */
export function ConflictList({ conflicts }: { conflicts: ChangePreview["conflicts"] }) {
  if (conflicts.length === 0) return null;
  return (
    <div className="flex gap-2.5 rounded-md border border-warning/40 bg-warning-muted px-3 py-2 text-[13px]">
      <AlertTriangle aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="min-w-0">
        <p className="font-medium">Other open changes edit the same policies</p>
        <ul>
          {conflicts.map(({ id, number, title, status }) => (
            <li key={id} className="break-words">
              <Link href={`/changes/${id}`} className="text-accent-foreground underline underline-offset-2">
                #{number} {title}
              </Link>{" "}
              <span className="text-muted-foreground">({STATUS_LABEL[status]})</span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
