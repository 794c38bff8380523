import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { Role } from "@/lib/auth/actor";
import type { StatementContent, StatementLine, StatementRevision, StatementView } from "@/lib/statements/schemas";
import { StatementCard } from "./statement-card";

vi.mock("sonner", () => ({ toast: { success: () => undefined, error: () => undefined } }));

const line = (label: string, amount: string, correction = false): StatementLine => ({
  key: label,
  kind: "direct",
  label,
  provider: "openai",
  model: label,
  pool: null,
  invoiceId: null,
  exactUsd: amount,
  amount,
  correction,
});
const content = (lines: StatementLine[], total: string): StatementContent => ({
  currency: "EUR",
  digits: 2,
  rate: "0.92",
  rateDay: "2026-10-30",
  timeZone: "UTC",
  from: "2026-10-01T00:00:00.000Z",
  to: "2026-11-01T00:00:00.000Z",
  lines,
  exactUsd: total,
  total,
});
const revision = (over: Partial<StatementRevision>): StatementRevision => ({
  id: `r${over.revision ?? 1}`,
  revision: 1,
  status: "draft",
  reason: null,
  contentHash: "hash-1",
  draftedAt: "2026-11-02T09:00:00.000Z",
  draftedBy: "Ana",
  lockedAt: null,
  lockedBy: null,
  restatedAt: null,
  content: content([line("gpt-4.1", "60.01")], "60.01"),
  ...over,
});
const view = (over: Partial<StatementView> = {}): StatementView => ({
  tenant: "acme",
  tenantName: "Acme",
  month: "2026-10",
  state: "provisional",
  live: content([line("gpt-4.1", "62.51")], "62.51"),
  pendingGpuHours: 0,
  revisions: [],
  lateAmount: null,
  ...over,
});

let answer: StatementView;
let sent: unknown[] = [];
beforeEach(() => {
  sent = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    if (path === "/api/v1/query") {
      return Response.json({
        rows: [{ bucket: null, gpu_allocated_kwh: { value: "12.5" }, gpu_allocated_carbon_kg: { value: "4.4" } }],
      });
    }
    if (init?.body) sent.push(JSON.parse(String(init.body)));
    return Response.json(answer);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(known: StatementView, role: Role = "admin") {
  answer = known;
  return render(
    <NuqsTestingAdapter>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "W", timeZone: "UTC", currency: "EUR", demo: false, user: { id: "u1", name: "Ada", role } }}
        >
          <StatementCard tenant="acme" month="2026-10" />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
const table = () => screen.findByRole("table", { name: "Statement of Acme for October 2026" });

describe("a statement", () => {
  it("shows what is known, its currency and rate, and lets an analyst draw it up but not lock it", async () => {
    show(view({ revisions: [revision({})] }), "analyst");
    expect(within(await table()).getByRole("row", { name: /^Total/ })).toHaveTextContent("€60.01");
    expect(screen.getByText(/\$1 is 0.92 EUR, the rate of 2026-10-30/)).toBeVisible();
    expect(await screen.findByText(/Own GPUs drew 12.5 kWh for its work in this period, 4.4 kg of CO₂/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Draw up anew" })).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Lock/ })).toBeNull();
    expect(screen.getByText("An admin locks it.")).toBeVisible();
  });

  it("locks the draft that was looked at", async () => {
    show(view({ revisions: [revision({})] }));
    await userEvent.click(await screen.findByRole("button", { name: "Lock revision 1" }));
    await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Lock" }));
    expect(sent).toEqual([{ tenant: "acme", month: "2026-10", action: "lock", contentHash: "hash-1" }]);
  });

  it("keeps the locked amounts when data come late, says how much, and asks for a reason to restate", async () => {
    const locked = revision({ status: "locked", lockedAt: "2026-11-03T09:00:00.000Z", lockedBy: "Ada" });
    show(view({ state: "final", revisions: [locked], lateAmount: "2.50" }));
    expect(within(await table()).getByRole("row", { name: /^Total/ })).toHaveTextContent("€60.01");
    expect(screen.getByText(/€2.50 became known since it was locked/)).toBeVisible();
    expect(screen.queryByRole("button", { name: /Draw up/ })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Restate" }));
    expect(screen.getByRole("button", { name: "Draw up the restatement" })).toBeDisabled();
    await userEvent.type(screen.getByLabelText("Reason"), "late");
    await userEvent.click(screen.getByRole("button", { name: "Draw up the restatement" }));
    expect(sent).toEqual([{ tenant: "acme", month: "2026-10", action: "restate", reason: "late" }]);
  });

  it("marks corrections, and says when GPU hours still wait", async () => {
    const restated = content([line("gpt-4.1", "60.01"), line("o3", "2.50", true)], "62.51");
    show(view({ pendingGpuHours: 3, revisions: [revision({ revision: 2, content: restated })] }), "viewer");
    expect(within(await table()).getByRole("row", { name: /o3 Correction/ })).toHaveTextContent("€2.50");
    expect(screen.getByText(/3 GPU hours of this month are still being shared out/)).toBeVisible();
    expect(screen.queryByRole("button", { name: /Draw up|Lock|Restate/ })).toBeNull();
    expect(screen.queryByRole("link", { name: "CSV" })).toBeNull();
  });

  it("leads on when nothing was charged", async () => {
    show(view({ live: content([], "0.00") }));
    expect(await screen.findByText("Nothing was charged in this month")).toBeVisible();
  });
});
