"use client";
import { FlaskConical } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { useApi } from "@/components/query/use-api";

interface History {
  share: number;
  done: boolean;
}

const ASK_EVERY_MS = 3_000;

/** Says that the numbers are simulated, and, in the first minutes, that older days are still being loaded. */
export function DemoBadge() {
  const { data } = useApi<History>("/api/v1/demo", { refreshMs: (known) => (known?.done === false ? ASK_EVERY_MS : false) });
  const loading = data?.done === false ? Math.floor(data.share * 100) : undefined;
  return (
    <Badge
      variant="warning"
      title={
        loading === undefined
          ? "These numbers are made by the simulator."
          : "These numbers are made by the simulator. It loads thirty days of history, newest first; older days are not complete yet."
      }
    >
      <FlaskConical aria-hidden />
      <span className="sm:hidden">Demo{loading === undefined ? "" : ` ${loading} %`}</span>
      <span className="max-sm:hidden">Simulated demo data{loading === undefined ? "" : ` · loading history ${loading} %`}</span>
    </Badge>
  );
}
