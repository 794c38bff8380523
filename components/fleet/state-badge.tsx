import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  Clock,
  HeartPulse,
  LoaderCircle,
  RadioTower,
  ShieldX,
  Shuffle,
  TriangleAlert,
  Undo2,
  Unplug,
  type LucideIcon,
} from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { STANDING_LABEL, type Standing } from "./standing";

type Variant = "success" | "warning" | "destructive" | "secondary" | "outline" | "default";

export const STANDING_LOOK: Record<Standing, { icon: LucideIcon; variant: Variant }> = {
  healthy: { icon: CircleCheck, variant: "success" },
  idle: { icon: CircleDashed, variant: "secondary" },
  pending: { icon: Clock, variant: "default" },
  applying: { icon: LoaderCircle, variant: "default" },
  withheld: { icon: ShieldX, variant: "destructive" },
  unwell: { icon: HeartPulse, variant: "destructive" },
  drifted: { icon: Shuffle, variant: "warning" },
  failed: { icon: Undo2, variant: "destructive" },
  refused: { icon: CircleSlash, variant: "destructive" },
  unreachable: { icon: Unplug, variant: "destructive" },
  unknown: { icon: CircleHelp, variant: "outline" },
  silent: { icon: RadioTower, variant: "secondary" },
  quarantined: { icon: TriangleAlert, variant: "warning" },
  revoked: { icon: Ban, variant: "outline" },
};

/** In words and icon, not by colour alone. */
export function StateBadge({ standing }: { standing: Standing }) {
  const { icon: Icon, variant } = STANDING_LOOK[standing];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden className={standing === "applying" ? "motion-safe:animate-spin" : undefined} /> {STANDING_LABEL[standing]}
    </Badge>
  );
}
