import { QueryClientProvider } from "@tanstack/react-query";
import { configure, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { Role } from "@/lib/auth/actor";
import type { Comparison, RunView, SuiteView } from "@/lib/evaluations/schemas";
import { EvaluationCard, type EvaluationCardProps } from "./evaluation-card";
import { rowsOf } from "./words";

// On a busy machine a page takes its time.
configure({ asyncUtilTimeout: 8_000 });

const good: Comparison = {
  cases: 200,
  baseline: 0.99,
  candidate: 0.985,
  difference: -0.005,
  lower: -0.0241,
  upper: 0.0132,
  tolerance: 0.05,
  passed: true,
};
const bad: Comparison = {
  cases: 40,
  baseline: 0.975,
  candidate: 0.8,
  difference: -0.175,
  lower: -0.296,
  upper: -0.08,
  tolerance: 0.15,
  passed: false,
};
const run = (over: Partial<RunView> = {}): RunView => ({
  id: "r1",
  suite: { id: "s1", name: "Support desk", version: 2 },
  subject: "change:c1",
  contentHash: "now",
  status: "failed",
  reason: "Extraction: the candidate is 17.5 points worse; 15.0 points are the limit.",
  arms: { baseline: "llama, as its weights are (simulated)", candidate: "llama, gptq (simulated)" },
  simulated: true,
  done: 400,
  total: 400,
  report: {
    suite: { id: "s1", name: "Support desk", version: 2 },
    simulated: true,
    arms: { baseline: "a", candidate: "b" },
    overall: good,
    taskTypes: [{ taskType: "extraction", ...bad }],
    checks: [],
    unanswered: { baseline: 0, candidate: 0 },
    reasons: ["Extraction: …"],
    lost: [{ caseId: "extract-7", taskType: "extraction", why: "is not JSON", answer: '{"invoice":' }],
  },
  startedBy: "Ana Lyst",
  createdAt: "2026-11-20T12:00:00.000Z",
  endedAt: "2026-11-20T12:01:00.000Z",
  ...over,
});
const SUITE: SuiteView = {
  id: "s1",
  name: "Support desk",
  description: "",
  simulated: true,
  version: 2,
  tolerance: { overall: 0.05, taskType: 0.15 },
  taskTypes: [{ taskType: "extraction", cases: 40 }],
  createdBy: "Lena Lead",
  at: "2026-11-20T12:00:00.000Z",
};

let runs: RunView[];
let calls: { method: string; path: string; body: unknown }[];
beforeEach(() => {
  runs = [];
  calls = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    if (method !== "GET") calls.push({ method, path, body: init.body ? (JSON.parse(init.body as string) as unknown) : null });
    if (method === "POST")
      runs = [run({ id: "r2", status: "running", reason: null, report: null, done: 120, endedAt: null }), ...runs];
    if (method === "DELETE")
      runs = [run({ ...runs[0]!, status: "cancelled", reason: "Cancelled by Ana Lyst" }), ...runs.slice(1)];
    return Response.json(path === "/api/v1/evaluations" ? { suites: [SUITE] } : { runs });
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(over: Partial<EvaluationCardProps> = {}, { role = "analyst" as Role, demo = true } = {}) {
  const workspace = { name: "W", timeZone: "UTC", currency: "USD", demo, user: { id: "u", name: "Ana Lyst", role } };
  return render(
    <QueryClientProvider client={makeQueryClient()}>
      <WorkspaceProvider value={workspace}>
        <EvaluationCard changeId="c1" contentHash="now" required open {...over} />
      </WorkspaceProvider>
    </QueryClientProvider>,
  );
}

describe("the evaluation of a change", () => {
  it("why it failed, each task with its interval and limit, and what was lost", async () => {
    runs = [run()];
    show();
    await screen.findByText("failed");
    expect(screen.getByText(/17\.5 points worse; 15\.0 points are the limit/)).toBeTruthy();
    const rows = within(screen.getByRole("table"))
      .getAllByRole("row")
      .map((row) => row.textContent);
    expect(rows[1]).toBe("All cases200 cases99.0 % → 98.5 %−0.5−2.4 to +1.3limit −5.0");
    expect(rows[2]).toBe("Extraction40 cases97.5 % → 80.0 %−17.5−29.6 to −8.0limit −15.0");
    expect(screen.getByText("extract-7").closest("li")!.textContent).toContain("is not JSON");
    expect(screen.getByText("simulated engines")).toBeTruthy();
  });

  it("is started with a suite, shows its progress, and can be cancelled", async () => {
    const user = userEvent.setup();
    show();
    await user.click(await screen.findByRole("button", { name: "Run evaluation" }));
    const dialog = await screen.findByRole("dialog");
    await within(dialog).findByText(/Version 2, 40 golden prompts/);
    await user.click(within(dialog).getByRole("button", { name: "Run evaluation" }));
    const bar = await screen.findByRole("progressbar");
    expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuemax")]).toEqual(["120", "400"]);
    expect(calls).toEqual([{ method: "POST", path: "/api/v1/changes/c1/evaluations", body: { suiteId: "s1" } }]);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await screen.findByText("cancelled");
    expect(calls[1]).toEqual({ method: "DELETE", path: "/api/v1/evaluations/runs/r2", body: null });
  });

  it("outside of a demo both arms are named first", async () => {
    const user = userEvent.setup();
    show({}, { demo: false });
    await user.click(await screen.findByRole("button", { name: "Run evaluation" }));
    const dialog = await screen.findByRole("dialog");
    const go = within(dialog).getByRole("button", { name: "Run evaluation" });
    await within(dialog).findByText(/Version 2/);
    expect(go).toHaveProperty("disabled", true);
    for (const [label, text] of [
      ["Baseline: base URL", "http://gw/v1"],
      ["Baseline: model or route", "a"],
      ["Candidate: base URL", "http://gw/v1"],
      ["Candidate: model or route", "b"],
    ] as const)
      await user.type(within(dialog).getByLabelText(label), text);
    await user.click(go);
    await screen.findByRole("progressbar");
    expect(calls[0]!.body).toEqual({
      suiteId: "s1",
      baseline: { baseUrl: "http://gw/v1", model: "a" },
      candidate: { baseUrl: "http://gw/v1", model: "b" },
    });
  });

  it("a viewer sees it and starts nothing; a run of an earlier version says so; nothing needed and none run: no card", async () => {
    runs = [run({ contentHash: "before" })];
    const { unmount } = show({}, { role: "viewer" });
    await screen.findByText("of an earlier version");
    expect(screen.queryByRole("button", { name: "Run evaluation" })).toBeNull();
    unmount();
    runs = [];
    const { container } = show({ required: false });
    await vi.waitFor(() => expect(container.textContent).toBe(""));
  });

  it("zero has no sign", () => {
    expect(rowsOf({ ...run().report!, overall: { ...good, difference: -0.0001 } })[0]!.difference).toBe("0.0");
  });
});
