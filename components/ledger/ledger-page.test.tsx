import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { LedgerRow } from "@/lib/advisor/ledger/schemas";
import { LedgerPage } from "./ledger-page";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn<(href: string) => void>() }) }));

const row = (number: number, over: Partial<LedgerRow>): LedgerRow => ({
  changeId: `c${number}`,
  number,
  title: `Change ${number}`,
  status: "promoted",
  startedAt: "2026-11-20T12:00:00.000Z",
  findingId: null,
  estimate: { lowUsd: "12", highUsd: "20", basis: "Requests of the last week.", pricesAt: "2026-11-19T08:00:00.000Z" },
  standing: "saving",
  savingUsd: "0.06",
  lowUsd: "0.05",
  highUsd: "0.07",
  bookedUsd: "0.05",
  newest: null,
  measurements: [],
  ...over,
});

function show(rows: LedgerRow[]) {
  const totals = { bookedUsd: "0.05", savingUsd: "0.06", estimatedLowUsd: "24", estimatedHighUsd: "40" };
  vi.stubGlobal("fetch", async () => Response.json({ rows, totals }));
  const user = { id: "1", name: "Ada", role: "analyst" as const };
  return render(
    <NuqsTestingAdapter hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider value={{ name: "W", timeZone: "Europe/Paris", currency: "USD", demo: false, user }}>
          <LedgerPage />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}
afterEach(() => vi.unstubAllGlobals());

it("lists what is booked beside what was measured and estimated; a filter leaves those that stand so", async () => {
  const waiting = { standing: "waiting" as const, savingUsd: null, lowUsd: null, highUsd: null, bookedUsd: "0" };
  show([row(8, waiting), row(7, { findingId: "f1" })]);
  const table = within(await screen.findByRole("table", { name: "Savings of changes" }));
  const line = table.getByRole("row", { name: /Change 7/ });
  for (const text of ["saving", "$0.05 – $0.07", "$12.00 – $20.00"]) expect(line).toHaveTextContent(text);
  expect(within(line).getByRole("link", { name: "The finding" })).toHaveAttribute("href", "/advisor?id=f1");
  expect(table.getByRole("row", { name: /Change 8/ })).toHaveTextContent("not measured yet");
  expect(screen.getByText("$24.00 – $40.00")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: /^saving/ }));
  expect(await screen.findByText("1 change")).toBeInTheDocument();
  expect(table.queryByRole("row", { name: /Change 8/ })).toBeNull();
});

it("says what to do while nothing was drafted", async () => {
  show([]);
  expect(await screen.findByText("No change has been drafted yet")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Choose a template" })).toHaveAttribute("href", "/changes/new");
});
