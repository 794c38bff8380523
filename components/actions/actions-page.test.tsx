import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { METRICS } from "@/lib/metrics/catalogue";
import { metricQuerySchema, type MetricCell, type MetricQuery, type MetricRow } from "@/lib/metrics/schemas";
import type { ActionRow } from "@/lib/telemetry/requests";
import { ActionsPage } from "./actions-page";
import { ACTION_CHARTS, ACTION_KPIS, BREAKDOWN_METRICS, SERIES_METRICS, STEP_METRICS } from "./definition";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: () => undefined }), usePathname: () => "/actions" }));

/** A whole page of cards, on a busy machine. */
const SLOW = { timeout: 10_000 };

const action = (over: Partial<ActionRow>): ActionRow => ({
  id: "act-1",
  tenant: "acme",
  endpoint: "assistant.agent",
  startedAt: "2026-11-20T10:00:00Z",
  durationMs: 41_000,
  calls: 14,
  attempts: 16,
  failed: 1,
  retries: 2,
  duplicates: 0,
  fallbacks: 0,
  tokens: 98_000,
  costUsd: "0.42",
  outcomes: [
    { kpi: "resolved", value: 0 },
    { kpi: "escalated", value: 1 },
  ],
  requestId: "r1",
  ...over,
});

let asked: string[];
let rowsOf: (query: MetricQuery) => MetricRow[];
beforeEach(() => {
  asked = [];
  rowsOf = () => [];
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    asked.push(url);
    if (url === "/api/v1/query") {
      const query = JSON.parse(String(init?.body)) as MetricQuery;
      return Response.json({ rows: rowsOf(query), completeness: {}, plan: {}, warnings: [] });
    }
    if (url.startsWith("/api/v1/actions?")) return Response.json({ actions: [action({})] });
    if (url.startsWith("/api/v1/requests/r1")) {
      return Response.json({
        requestId: "r1",
        tenant: "acme",
        attempts: [],
        action: { id: "act-1", events: [], truncated: false },
      });
    }
    if (url.startsWith("/api/v1/saved-views")) return Response.json({ views: [] });
    return Response.json({ title: "Not found", detail: url }, { status: 404 });
  });
});

const show = (search = "") =>
  render(
    <NuqsTestingAdapter searchParams={search}>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u", name: "Ana", role: "analyst" } }}
        >
          <ActionsPage />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );

describe("the questions of /actions", () => {
  it("are known metrics, fit into one query each, and are drawn in their own unit", () => {
    for (const metrics of [ACTION_KPIS, SERIES_METRICS, BREAKDOWN_METRICS, STEP_METRICS]) {
      expect(metricQuerySchema.shape.metrics.safeParse([...metrics]).success).toBe(true);
      expect(metrics.filter((metric) => !METRICS.has(metric))).toEqual([]);
    }
    for (const { lines, unit } of ACTION_CHARTS) {
      for (const { metric } of lines) expect([metric, METRICS.get(metric)!.unit]).toEqual([metric, unit]);
    }
    // A step is a part of an action: percentiles of whole actions cannot be split by it.
    expect(STEP_METRICS.filter((metric) => METRICS.get(metric)!.domain !== "usage")).toEqual([]);
  });
});

describe("/actions", () => {
  it("shows steps by name only, with what they cost", async () => {
    const cell = (value: string): MetricCell => ({ value });
    rowsOf = ({ groupBy }) =>
      groupBy?.includes("actionStep")
        ? [
            { bucket: null, endpoint: "assistant.agent", actionStep: "tool", cost_in_actions_usd: cell("12.5") },
            { bucket: null, endpoint: "ide.complete", actionStep: "", cost_in_actions_usd: cell("99") },
          ]
        : [];
    show();
    await screen.findByText("tool", {}, SLOW);
    const table = screen.getByRole("table", { name: "Steps of actions" });
    expect(within(table).getByRole("row", { name: /tool/ })).toHaveTextContent("$12.50");
    expect(within(table).queryByText("ide.complete")).toBeNull();
  });

  it("lists actions with what was reported of them, in the filters of the address, and opens the chain of one", async () => {
    show("?tenant=acme");
    await screen.findByText("act-1", {}, SLOW);
    const table = screen.getByRole("table", { name: "Actions" });
    const row = within(table).getByRole("row", { name: /act-1/ });
    expect(row).toHaveTextContent("$0.42");
    expect(row).toHaveTextContent("not resolved, escalated");
    expect(asked.find((url) => url.startsWith("/api/v1/actions?"))).toMatch(/tenant=acme/);
    await userEvent.click(within(row).getByRole("button", { name: "act-1" }));
    expect(await screen.findByRole("table", { name: "The calls of this action on a time axis" }, SLOW)).toBeInTheDocument();
    expect(asked).toContain("/api/v1/requests/r1?tenant=acme");
  });
});
