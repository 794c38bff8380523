import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { LedgerRow, MeasurementView } from "@/lib/advisor/ledger/schemas";
import { SavingCard } from "./saving-card";

const split: MeasurementView = {
  from: "2026-11-20T12:00:00.000Z",
  to: "2026-11-20T13:00:00.000Z",
  method: "split",
  final: true,
  savingUsd: "0.06",
  lowUsd: "0.05",
  highUsd: "0.07",
  bookedUsd: "0.05",
  share: 0.48,
  lowShare: 0.31,
  highShare: 0.64,
  treatedSuccesses: 1_204,
  controlSuccesses: 1_180,
  owned: 0,
  note: null,
};
const row: LedgerRow = {
  changeId: "c7",
  number: 7,
  title: "Small model first",
  status: "promoted",
  startedAt: split.from,
  findingId: null,
  estimate: { lowUsd: "12", highUsd: "20", basis: "600 calls of the last week.", pricesAt: "2026-11-19T08:00:00.000Z" },
  standing: "saving",
  savingUsd: "0.06",
  lowUsd: "0.05",
  highUsd: "0.07",
  bookedUsd: "0.05",
  newest: split,
  measurements: [split],
};

function show(rows: LedgerRow[]) {
  vi.stubGlobal("fetch", async () => Response.json({ rows, totals: {} }));
  const user = { id: "1", name: "Ada", role: "viewer" as const };
  return render(
    <QueryClientProvider client={makeQueryClient()}>
      <WorkspaceProvider value={{ name: "W", timeZone: "Europe/Paris", currency: "USD", demo: false, user }}>
        <SavingCard changeId="c7" />
      </WorkspaceProvider>
    </QueryClientProvider>,
  );
}
afterEach(() => vi.unstubAllGlobals());

it("says what was expected at whose prices, what was saved, how sure, and from how many requests", async () => {
  show([row]);
  const card = within(await screen.findByRole("region", { name: "Saving" }));
  expect(card.getByText("$12.00 – $20.00")).toBeInTheDocument();
  expect(card.getByText(/At the prices of 19 Nov 2026, 09:00/)).toBeInTheDocument();
  const stretch = card.getByRole("listitem");
  expect(stretch).toHaveTextContent("canary against control, same hours");
  expect(stretch).toHaveTextContent("$0.06 saved, surely between $0.05 – $0.07");
  expect(stretch).toHaveTextContent("48 % (31 % to 64 %) of the cost; 1,204 changed and 1,180 unchanged requests");
});

it("books nothing before anything was compared, and says so", async () => {
  show([{ ...row, standing: "waiting", savingUsd: null, bookedUsd: "0", newest: null, measurements: [] }]);
  expect(await screen.findByText("No changed request has been compared yet: nothing is booked.")).toBeInTheDocument();
});

it("says why a stretch has no result", async () => {
  const none = { ...split, savingUsd: null, lowUsd: null, highUsd: null, note: "Only 4 successes are comparable." };
  show([{ ...row, standing: "waiting", measurements: [none] }]);
  expect(await screen.findByText("Only 4 successes are comparable.")).toBeInTheDocument();
});
