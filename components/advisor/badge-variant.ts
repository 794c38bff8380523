import type { ComponentProps } from "react";
import type { Badge } from "@/components/ui/badge";

export type BadgeVariant = NonNullable<ComponentProps<typeof Badge>["variant"]>;
