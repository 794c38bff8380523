/** The event that the page itself can send, and what its answer means in words. Pure. */
import type { Problem } from "@/lib/http/problem";
import type { UsageAnswer } from "@/lib/telemetry/schemas";

export function newTestEvent(id: string, tenant: string, now: Date) {
  return {
    id,
    occurredAt: now.toISOString(),
    tenant,
    endpoint: "hello.console",
    provider: "openai",
    modelRequested: "gpt-4o-mini",
    status: "success",
    meters: { input: 812, cacheRead: 1024, output: 203 },
    timing: { ttftMs: 312, latencyMs: 2210 },
  };
}

export interface SendAnswer {
  status: number;
  /** UsageAnswer, or problem JSON, or null when it was neither. */
  body: unknown;
}

export interface Verdicts {
  summary: string;
  /** One line per item that was not accepted: where, what, why. */
  problems: string[];
}

export function prepareVerdicts({ status, body }: SendAnswer): Verdicts {
  if (isAnswer(body)) {
    const counts = [
      [body.accepted, "accepted"],
      [body.duplicates, "duplicate"],
      [body.conflicts, "conflicting"],
      [body.rejected, "rejected"],
    ] as const;
    const summary = counts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(", ");
    const problems = body.items.flatMap((item) =>
      item.status === "accepted"
        ? []
        : [`Event ${item.index}${item.field ? `, ${item.field}` : ""}: ${item.message ?? item.code ?? item.status}`],
    );
    return { summary: summary === "" ? "the batch was empty" : summary, problems };
  }
  if (isProblem(body)) {
    return { summary: body.title, problems: body.errors?.map(({ field, message }) => `${field}: ${message}`) ?? [body.detail] };
  }
  return { summary: `The server answered ${status} without a reason.`, problems: [] };
}

const isAnswer = (body: unknown): body is UsageAnswer => typeof body === "object" && body !== null && "accepted" in body;
const isProblem = (body: unknown): body is Problem => typeof body === "object" && body !== null && "detail" in body;
