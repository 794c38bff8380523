"use client";
import { Download } from "lucide-react";
import Link from "next/link";
import { toast } from "sonner";
import { useMayExport } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import type { ExportView } from "@/lib/exports/schemas";
import type { MetricQuery } from "@/lib/metrics/schemas";

const PATH = "/api/v1/exports";

/** The view at hand as a file: at once, or made in the background and found under Exports. */
export function ExportMenu({ query, href }: { query: MetricQuery; href: string }) {
  const mayExport = useMayExport();
  const save = useSave<ExportView>(PATH);
  if (!mayExport) return null;
  const begin = (format: "csv" | "parquet") =>
    void save
      .mutateAsync(
        { method: "POST", path: PATH, body: { kind: "metrics", query, format } },
        {
          onSuccess: () => void toast.success("The file is being made. It is under Exports, also when you leave this page."),
          onError: (error) => void toast.error(error.message),
        },
      )
      .catch(() => undefined);
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button size="sm" variant="outline" disabled={save.isPending} data-print="hidden">
          <Download /> Export
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem asChild>
          <a href={href} download>
            CSV, now
          </a>
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => begin("csv")}>CSV, in the background</DropdownMenuItem>
        <DropdownMenuItem onSelect={() => begin("parquet")}>Parquet, in the background</DropdownMenuItem>
        <DropdownMenuItem asChild>
          <Link href="/exports">FOCUS and all files…</Link>
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
