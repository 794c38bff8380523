import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import { TimeChart } from "./time-chart";
import { useAnnotations } from "./use-annotations";

const RANGE = { from: "2026-11-01T00:00:00.000Z", to: "2026-11-20T00:00:00.000Z" };
const PRICE = "gpt-4.1 (openai): input $2.00 → $1.60 per 1M, workspace price";
const points = ["2026-11-04T00:00:00.000Z", "2026-11-05T00:00:00.000Z"].map((at) => ({ at, value: 1 }));
const asked: string[] = [];

function Charts({ range }: { range: typeof RANGE | null }) {
  const money = useAnnotations(range);
  const again = useAnnotations(range);
  return (
    <>
      <TimeChart title="Cost" unit="usd" grain="day" series={[{ id: "a", label: "a", points }]} annotations={money} />
      <TimeChart title="Saved" unit="usd" grain="day" series={[{ id: "a", label: "a", points }]} annotations={again} />
    </>
  );
}

function show(answer: () => Response, range: typeof RANGE | null = RANGE) {
  asked.length = 0;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return answer();
  });
  const user = { id: "1", name: "Ada", role: "viewer" as const };
  return render(
    <QueryClientProvider client={makeQueryClient()}>
      <WorkspaceProvider value={{ name: "W", timeZone: "Europe/Paris", currency: "USD", demo: false, user }}>
        <Charts range={range} />
      </WorkspaceProvider>
    </QueryClientProvider>,
  );
}
const annotations = (...at: string[]) =>
  Response.json({ annotations: at.map((one) => ({ at: one, kind: "price", label: PRICE })) });

afterEach(() => vi.unstubAllGlobals());

describe("annotations of a page's charts of money", () => {
  it("are asked for once, and listed for the keyboard below each chart, at the workspace's time", async () => {
    show(() => annotations("2026-11-05T10:00:00.000Z"));
    const [first] = await screen.findAllByText("1 event in this period");
    expect(asked).toEqual(["/api/v1/annotations?from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-20T00%3A00%3A00.000Z"]);
    await userEvent.click(first!);
    const item = within(screen.getByRole("figure", { name: "Cost" })).getByRole("listitem");
    expect(item).toHaveTextContent(/5 Nov 2026, 11:00.*gpt-4\.1 \(openai\): input \$2\.00 → \$1\.60 per 1M, workspace price/);
    // There is no page of prices yet to lead to.
    expect(within(item).queryByRole("link")).toBeNull();
    expect(screen.getByRole("figure", { name: "Saved" })).toHaveTextContent("1 event in this period");
  });

  it("leave out what lies outside the range, as an answer for the range before may", async () => {
    show(() => annotations("2026-10-31T23:59:59.999Z", "2026-11-01T00:00:00.000Z", "2026-11-20T00:00:00.000Z"));
    expect(await screen.findAllByText("1 event in this period")).toHaveLength(2);
  });

  it("ask nothing without a range, and a failure leaves the charts alone", async () => {
    show(() => annotations("2026-11-05T10:00:00.000Z"), null);
    expect(screen.getByRole("figure", { name: "Cost" })).toBeInTheDocument();
    expect(asked).toEqual([]);
    show(() => Response.json({ detail: "no", status: 500 }, { status: 500 }));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(screen.queryByText(/in this period/)).toBeNull();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
