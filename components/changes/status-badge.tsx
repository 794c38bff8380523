import {
  Archive,
  Ban,
  CalendarClock,
  CircleCheck,
  CircleSlash,
  Eye,
  FilePen,
  Hourglass,
  PauseCircle,
  Rocket,
  ThumbsUp,
  Undo2,
  type LucideIcon,
} from "lucide-react";
import { Badge } from "@/components/ui/badge";
import type { ChangeStatus } from "@/lib/changes/request/machine";
import { STATUS_LABEL } from "./words";

type Variant = "success" | "warning" | "destructive" | "secondary" | "outline" | "default";

const STATUS_LOOK: Record<ChangeStatus, { icon: LucideIcon; variant: Variant }> = {
  draft: { icon: FilePen, variant: "secondary" },
  in_review: { icon: Eye, variant: "default" },
  approved: { icon: ThumbsUp, variant: "success" },
  scheduled: { icon: CalendarClock, variant: "default" },
  suspended: { icon: PauseCircle, variant: "warning" },
  executing: { icon: Rocket, variant: "default" },
  promoted: { icon: CircleCheck, variant: "success" },
  rolled_back: { icon: Undo2, variant: "destructive" },
  failed_preflight: { icon: CircleSlash, variant: "destructive" },
  rejected: { icon: Ban, variant: "destructive" },
  cancelled: { icon: Archive, variant: "outline" },
  expired: { icon: Hourglass, variant: "outline" },
};

/** In words and icon, not by colour alone. */
export function StatusBadge({ status }: { status: ChangeStatus }) {
  const { icon: Icon, variant } = STATUS_LOOK[status];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden /> {STATUS_LABEL[status]}
    </Badge>
  );
}
