"use client";
import { Fragment } from "react";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { GO_KEYS } from "./use-shortcuts";

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["⌘", "K"], "Search pages, metrics, tenants, changes and targets (Ctrl K)"],
  [["?"], "This list"],
  [["Esc"], "Close what is open"],
  [["←", "→"], "Read the values of a chart, once it has the focus"],
];

export function ShortcutsDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const rows = [...KEYS, ...Object.entries(GO_KEYS).map(([key, { label }]) => [["g", key], `Go to ${label}`] as const)];
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>Keyboard shortcuts</DialogTitle>
          <DialogDescription>They rest while you type.</DialogDescription>
        </DialogHeader>
        <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2 text-[13px]">
          {rows.map(([keys, what]) => (
            <Fragment key={what}>
              <dt className="flex gap-1">
                {keys.map((key) => (
                  <kbd key={key} className="grid h-6 min-w-6 place-items-center rounded border bg-muted px-1.5 font-sans text-xs">
                    {key}
                  </kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </Fragment>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  );
}
