import { Ban, Check, Clock, Gauge, MemoryStick, X, type LucideIcon } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import type { Status } from "@/lib/telemetry/event";
import { STATUS_LABEL } from "./words";

const LOOKS: Record<Status, { icon: LucideIcon; variant: "success" | "warning" | "destructive" | "secondary" }> = {
  success: { icon: Check, variant: "success" },
  error: { icon: X, variant: "destructive" },
  timeout: { icon: Clock, variant: "destructive" },
  oom: { icon: MemoryStick, variant: "destructive" },
  rate_limited: { icon: Gauge, variant: "warning" },
  cancelled: { icon: Ban, variant: "secondary" },
};

/** Good and bad in words and icon, not by colour alone. */
export function StatusBadge({ status }: { status: Status }) {
  const { icon: Icon, variant } = LOOKS[status];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden /> {STATUS_LABEL[status]}
    </Badge>
  );
}
