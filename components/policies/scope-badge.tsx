import { Badge } from "@/components/ui/badge";
import type { AnyScope } from "@/lib/policies/schemas";

/** Which scope says it; a default is said quietly. */
export function ScopeBadge({ scope }: { scope: AnyScope | null }) {
  if (scope === null) return <span className="text-xs text-muted-foreground">default</span>;
  return (
    <Badge variant={scope.level === "global" ? "secondary" : "default"} className="max-w-full" title={titleOf(scope)}>
      <span className="truncate">from {titleOf(scope)}</span>
    </Badge>
  );
}

export const titleOf = ({ level, value }: AnyScope): string => (level === "global" ? "everywhere" : `${level} ${value}`);

/** "tokens of tenant acme", "routing everywhere" */
export const ofScope = (kind: string, scope: AnyScope): string =>
  scope.level === "global" ? `${kind} everywhere` : `${kind} of ${titleOf(scope)}`;
