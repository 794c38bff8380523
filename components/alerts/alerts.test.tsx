import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { BacktestSeries } from "@/lib/alerts/backtest/schemas";
import type { IncidentDetails } from "@/lib/alerts/incidents/schemas";
import { ruleSchema } from "@/lib/alerts/rules/schemas";
import { matchersOf, silenceParsers } from "@/components/notifications/silences/silence-link";
import type { Role } from "@/lib/auth/actor";
import { IncidentPage } from "./incidents/incident-page";
import { emptyDraft } from "./rules/draft";
import { decimalText, prepareLines, sliderRange } from "./rules/prepare-backtest";
import { RuleForm } from "./rules/rule-form";
import { questionOf } from "./rules/use-rules";

vi.mock("next/navigation", () => ({
  usePathname: () => "/alerts",
  useRouter: () => ({ push: vi.fn<(href: string) => void>() }),
}));
afterEach(() => vi.unstubAllGlobals());

const START = Date.parse("2026-11-20T00:00:00Z");
const series: BacktestSeries = {
  stretches: [{ from: START, everySec: 300, count: 6 }],
  groups: [
    { labels: { tenant: "acme" }, seen: ["0.1", "0.6", "0.7", "0.1", null, "0.9"], spentUsd: ["1", "1", "1", "1", null, "1"] },
  ],
  approximations: ["Costs are those of the prices known now."],
  warnings: [],
  timeZone: "UTC",
};

interface Asked {
  path: string;
  method: string;
  body: unknown;
}

function serve(answers: Record<string, unknown>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    asked.push({ path, method: init?.method ?? "GET", body: init?.body ? JSON.parse(String(init.body)) : null });
    const found = Object.entries(answers).find(([prefix]) => path.startsWith(prefix));
    return Promise.resolve(Response.json(found ? found[1] : { annotations: [], rows: [], warnings: [] }));
  });
  return asked;
}

function show(page: ReactNode, role: Role = "admin") {
  render(
    <NuqsTestingAdapter hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "Test", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u", name: "Ada", role } }}
        >
          {page}
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}

const draft = {
  ...emptyDraft(),
  metric: "error_rate",
  groupBy: ["tenant" as const],
  keepFiringSec: 0,
  condition: { type: "threshold" as const, direction: "above" as const, value: "0.5" },
};

describe("the rule form", () => {
  it("tests what it says, and again with every move of the slider, without asking again", async () => {
    const asked = serve({ "/api/v1/alerts/backtest": series });
    show(<RuleForm initial={draft} saveLabel="Save" onSave={() => Promise.resolve()} />);
    const result = await screen.findByLabelText("Result of the backtest");
    expect(within(result).getByText("Fires").nextSibling).toHaveTextContent("2");
    fireEvent.change(screen.getByRole("slider", { name: "Threshold" }), { target: { value: "0.8" } });
    expect(within(result).getByText("Fires").nextSibling).toHaveTextContent("1");
    expect(screen.getByLabelText("Threshold", { selector: "input[inputmode]" })).toHaveValue("0.8");
    // Another threshold is the same question.
    const [one, other] = ["0.5", "0.8"].map((value) =>
      questionOf(ruleSchema.parse({ ...draft, condition: { ...draft.condition, value } }), 7),
    );
    expect(one).toBe(other);
    expect(asked.filter(({ path }) => path.includes("backtest"))).toHaveLength(1);
  });
  it("says beside the field what is wrong, and saves nothing then", async () => {
    serve({ "/api/v1/alerts/backtest": series });
    const onSave = vi.fn<() => Promise<void>>();
    show(<RuleForm initial={draft} saveLabel="Save" onSave={onSave} />);
    fireEvent.change(screen.getByLabelText("Threshold", { selector: "input[inputmode]" }), { target: { value: "a lot" } });
    expect(await screen.findByText(/must be a decimal number/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
  });
  it("lets others than admins test, not save", async () => {
    serve({ "/api/v1/alerts/backtest": series });
    show(<RuleForm initial={draft} saveLabel="Save" />, "lead");
    expect(await screen.findByText(/saved by admins/)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
  });
});

const incident: IncidentDetails = {
  id: "0197a3f0-0000-4000-8000-000000000031",
  ruleId: "0197a3f0-0000-4000-8000-000000000032",
  ruleName: "Errors",
  severity: "critical",
  cause: "condition",
  phase: "firing",
  labels: { tenant: "acme" },
  measured: { label: "Error rate", unit: "ratio", side: "above" },
  value: "0.6",
  worst: "0.9",
  worstAt: "2026-11-20T00:10:00.000Z",
  threshold: "0.5",
  detail: null,
  breachedSince: "2026-11-20T00:05:00.000Z",
  openedAt: "2026-11-20T00:05:00.000Z",
  endedAt: null,
  acknowledgedBy: null,
  resolvedBy: null,
  rule: { ...ruleSchema.parse({ ...draft, runbook: "Restart the upstream." }), version: 1, deleted: false },
  incidentKey: "alert:r:h",
  history: [
    {
      number: 1,
      kind: "firing",
      cause: "condition",
      at: "2026-11-20T00:05:00.000Z",
      recordedAt: "2026-11-20T00:06:00.000Z",
      value: "0.6",
      by: null,
      note: null,
    },
  ],
  comments: [],
  told: [
    {
      id: "2",
      kind: "resolved",
      at: "2026-11-20T00:20:00.000Z",
      deliveries: [],
      held: [{ waiting: true, reason: "Muted by nights." }],
    },
    {
      id: "1",
      kind: "firing",
      at: "2026-11-20T00:06:00.000Z",
      deliveries: [
        {
          id: "0197a3f0-0000-4000-8000-000000000033",
          channel: "On-call",
          kind: "webhook",
          cause: "route",
          status: "delivered",
          attempts: 2,
          createdAt: "2026-11-20T00:06:01.000Z",
          endedAt: "2026-11-20T00:06:05.000Z",
        },
      ],
      held: [],
    },
  ],
};

describe("the page of an incident", () => {
  it("shows where it stands, its runbook and its history, and lets a lead acknowledge it", async () => {
    const asked = serve({ "/api/v1/alerts/incidents/": incident, "/api/v1/alerts/backtest": series });
    show(<IncidentPage id={incident.id} />, "lead");
    expect(await screen.findByText("Restart the upstream.")).toBeVisible();
    expect(screen.getByText("90.0%")).toBeVisible();
    expect(within(screen.getByRole("region", { name: "History" })).getByText("Fired")).toBeVisible();
    fireEvent.click(screen.getByRole("button", { name: "Acknowledge" }));
    await vi.waitFor(() =>
      expect(asked.find(({ method, path }) => method === "POST" && path.endsWith("/actions"))?.body).toEqual({
        action: "acknowledge",
      }),
    );
  });
  it("says who was told, and who is not told yet and why; silences it with its labels filled in", async () => {
    serve({
      "/api/v1/alerts/incidents/": { ...incident, labels: { tenant: "acme, inc: x" } },
      "/api/v1/alerts/backtest": series,
    });
    show(<IncidentPage id={incident.id} />, "lead");
    const told = within(await screen.findByRole("region", { name: "Who was told" })).getAllByRole("listitem");
    expect(told.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(/^Resolved.*Waits: Muted by nights\.$/),
      expect.stringMatching(/^Fired.*On-call.*Delivered.*2 attempts/),
      expect.stringContaining("On-call"),
    ]);
    const href = screen.getByRole("link", { name: "Silence" }).getAttribute("href")!;
    const { searchParams } = new URL(href, "http://x");
    expect(searchParams.get("rule")).toBe("Errors");
    const labels = silenceParsers.labels.parse(searchParams.get("labels")!);
    expect(matchersOf({ rule: "Errors", labels, incident: null })).toEqual([
      { label: "rule", op: "is", values: ["Errors"] },
      { label: "tenant", op: "is", values: ["acme, inc: x"] },
    ]);
  });
  it("lets a viewer only look", async () => {
    serve({ "/api/v1/alerts/incidents/": incident, "/api/v1/alerts/backtest": series });
    show(<IncidentPage id={incident.id} />, "viewer");
    expect(await screen.findByText("Restart the upstream.")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Acknowledge" })).toBeNull();
  });
});

describe("the drawing of a backtest", () => {
  it("keeps the worst value of each stretch, on the bad side", () => {
    const long = { ...series, stretches: [{ from: START, everySec: 60, count: 900 }] };
    const seen = Array.from({ length: 900 }, (_, index) => (index === 451 ? "9" : "1"));
    const { lines } = prepareLines({ ...long, groups: [{ labels: {}, seen, spentUsd: [] }] }, "above");
    expect(lines[0]!.points).toHaveLength(300);
    expect(Math.max(...lines[0]!.points.map(({ value }) => value ?? 0))).toBe(9);
  });
  it("has a slider from the lowest to the highest value in round steps", () => {
    expect(sliderRange(series, 0.5, "any")).toEqual({ min: 0.1, max: 0.94, step: 0.001 });
    expect(sliderRange(series, 0.5, "above").min).toBeGreaterThan(0);
  });
  it("writes numbers without the dust of floats", () => {
    expect(decimalText(0.1 + 0.2)).toBe("0.3");
    expect(decimalText(1e-7)).toBe("0.0000001");
    expect(decimalText(1500)).toBe("1500");
  });
});
