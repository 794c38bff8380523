import type { ChannelView } from "@/lib/notifications/channels/schemas";
import type { DeliveryStatus } from "@/lib/notifications/delivery/schemas";
import type { Matcher, MatchOp } from "@/lib/notifications/routing/schemas";
import type { ChannelKind, Severity } from "@/lib/notifications/schemas";

export const KIND_LABEL: Record<ChannelKind, string> = {
  webhook: "Webhook",
  smtp: "Mail (SMTP)",
  slack: "Slack",
  pagerduty: "PagerDuty",
  teams: "Microsoft Teams",
};
export const HEALTH_LABEL: Record<ChannelView["health"], string> = {
  untried: "Not tried yet",
  working: "Working",
  failing: "Failing",
};
export const HEALTH_VARIANT = { untried: "outline", working: "success", failing: "destructive" } as const;
export const STATUS_LABEL: Record<DeliveryStatus, string> = {
  queued: "Waiting",
  sending: "Sending",
  delivered: "Delivered",
  failed: "Given up",
  cancelled: "Cancelled",
};
export const STATUS_VARIANT = {
  queued: "secondary",
  sending: "secondary",
  delivered: "success",
  failed: "destructive",
  cancelled: "outline",
} as const;
export const SEVERITY_VARIANT = { info: "secondary", warning: "warning", critical: "destructive" } as const satisfies Record<
  Severity,
  string
>;
export const OP_LABEL: Record<MatchOp, string> = { is: "is", is_not: "is not", like: "is like", not_like: "is not like" };
export const CAUSE_LABEL: Record<string, string> = {
  route: "Route",
  repeat: "Reminder",
  escalation: "Escalation",
  fallback: "Fallback",
  replay: "Sent again",
  test: "Test",
};
export const wordChannels = (ids: readonly string[], channels: readonly ChannelView[]): string =>
  ids.length === 0
    ? "The inbox only"
    : ids.map((id) => channels.find((one) => one.id === id)?.name ?? "a channel that is gone").join(", ");
export const wordMatcher = ({ label, op, values }: Matcher): string => `${label} ${OP_LABEL[op]} ${values.join(" or ")}`;
