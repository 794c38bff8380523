"use client";
import dynamic from "next/dynamic";

// cmdk and the metric catalogue come with the first ⌘K, not with the first page.
const PaletteBody = dynamic(() => import("./palette-body").then((module) => module.PaletteBody), { ssr: false });

export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return open ? <PaletteBody onOpenChange={onOpenChange} /> : null;
}
