import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { TimeChart } from "./time-chart";

const PRICE = {
  at: "2026-11-05T10:00:00.000Z",
  kind: "price",
  label: "gpt-4.1 (openai): input $2.00 → $1.60 per 1M, workspace price",
  href: "/pricing",
};
const ROLLOUT = { at: "2026-11-04T09:00:00.000Z", kind: "rollout", label: "#7 FP8: rollout started", href: "/changes/7" };
const points = ["2026-11-04T00:00:00.000Z", "2026-11-05T00:00:00.000Z"].map((at) => ({ at, value: 1 }));
const asked: string[] = [];

function show(answer: () => Response, drawn = points) {
  asked.length = 0;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return answer();
  });
  const user = { id: "1", name: "Ada", role: "viewer" as const };
  const series = [{ id: "a", label: "a", points: drawn }];
  return render(
    <QueryClientProvider client={makeQueryClient()}>
      <WorkspaceProvider value={{ name: "W", timeZone: "Europe/Paris", currency: "USD", demo: false, user }}>
        <TimeChart title="Cost" unit="usd" grain="day" series={series} />
        <TimeChart title="Errors" unit="ratio" grain="day" series={series} />
      </WorkspaceProvider>
    </QueryClientProvider>,
  );
}
const chart = (name: string) => within(screen.getByRole("figure", { name }));
const answer = (...annotations: object[]) => Response.json({ annotations });

afterEach(() => vi.unstubAllGlobals());

describe("what happened, on the charts of a page", () => {
  it("is asked for once, for the days that are drawn, and listed for the keyboard below each chart", async () => {
    show(() => answer(ROLLOUT, PRICE));
    await userEvent.click(await chart("Cost").findByText("2 events in this period"));
    expect(asked).toEqual(["/api/v1/annotations?from=2026-11-04T00%3A00%3A00.000Z&to=2026-11-06T00%3A00%3A00.000Z"]);
    const [rollout, price] = chart("Cost").getAllByRole("listitem");
    expect(rollout).toHaveTextContent("4 Nov 2026, 10:00 #7 FP8: rollout started");
    expect(within(rollout!).getByRole("link")).toHaveAttribute("href", "/changes/7");
    expect(price).toHaveTextContent(/5 Nov 2026, 11:00.*gpt-4\.1 \(openai\): input \$2\.00 → \$1\.60 per 1M, workspace price/);
  });

  it("says nothing of prices where prices move nothing", async () => {
    show(() => answer(ROLLOUT, PRICE));
    expect(await chart("Errors").findByText("1 event in this period")).toBeInTheDocument();
  });

  it("leaves out what lies outside, as an answer for the range before may", async () => {
    const at = (one: string) => ({ ...ROLLOUT, at: one });
    show(() => answer(at("2026-11-03T23:59:59.999Z"), at("2026-11-04T00:00:00.000Z"), at("2026-11-06T00:00:00.000Z")));
    expect(await screen.findAllByText("1 event in this period")).toHaveLength(2);
  });

  it("asks nothing for an empty chart, and a failure leaves the charts alone", async () => {
    const { unmount } = show(() => answer(ROLLOUT), []);
    expect(screen.getByRole("figure", { name: "Cost" })).toBeInTheDocument();
    expect(asked).toEqual([]);
    unmount();
    show(() => Response.json({ detail: "no", status: 500 }, { status: 500 }));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(screen.queryByText(/in this period/)).toBeNull();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
