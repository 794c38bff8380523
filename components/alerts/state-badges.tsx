import { BellRing, CircleCheck, CircleDashed, Info, OctagonAlert, TriangleAlert, UserCheck, type LucideIcon } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import type { IncidentPhase } from "@/lib/alerts/incidents/schemas";
import type { Severity } from "@/lib/alerts/rules/schemas";
import { PHASE_LABEL, SEVERITY_LABEL } from "./words";

type Variant = "success" | "warning" | "destructive" | "secondary" | "outline" | "default";

const PHASE_LOOK: Record<IncidentPhase, { icon: LucideIcon; variant: Variant }> = {
  firing: { icon: BellRing, variant: "destructive" },
  acknowledged: { icon: UserCheck, variant: "default" },
  recovering: { icon: CircleDashed, variant: "warning" },
  resolved: { icon: CircleCheck, variant: "success" },
};

const SEVERITY_LOOK: Record<Severity, { icon: LucideIcon; variant: Variant }> = {
  info: { icon: Info, variant: "outline" },
  warning: { icon: TriangleAlert, variant: "warning" },
  critical: { icon: OctagonAlert, variant: "destructive" },
};

/** In words and icon, not by colour alone. */
export function IncidentBadge({ phase }: { phase: IncidentPhase }) {
  const { icon: Icon, variant } = PHASE_LOOK[phase];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden /> {PHASE_LABEL[phase]}
    </Badge>
  );
}

export function SeverityBadge({ severity }: { severity: Severity }) {
  const { icon: Icon, variant } = SEVERITY_LOOK[severity];
  return (
    <Badge variant={variant}>
      <Icon aria-hidden /> {SEVERITY_LABEL[severity]}
    </Badge>
  );
}
