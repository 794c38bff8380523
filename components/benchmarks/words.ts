import type { BenchmarkStatus, Time } from "@/lib/advisor/benchmark/schemas";

export const STATUS_LABEL: Record<BenchmarkStatus, string> = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  stopped: "Stopped at its cap",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const STATUS_LOOK = {
  queued: "secondary",
  running: "default",
  done: "success",
  stopped: "warning",
  failed: "destructive",
  cancelled: "outline",
} as const satisfies Record<BenchmarkStatus, string>;

export const TIME_LABEL: Record<Time, string> = {
  ttft: "Time to first token",
  total: "Whole answer",
  interToken: "Between tokens",
};
