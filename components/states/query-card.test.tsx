import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ApiError, makeQueryClient } from "@/components/query";
import { QueryCard } from "./query-card";

interface Answer {
  rows: string[];
}

function Card({ ask, children }: { ask: () => Promise<Answer>; children?: (data: Answer) => React.ReactNode }) {
  const query = useQuery<Answer, Error>({ queryKey: ["test"], queryFn: ask, retry: false });
  return (
    <QueryCard
      title="Cost"
      query={query}
      height={240}
      empty={{ title: "No usage", why: "Nothing was sent.", action: { label: "Connect", href: "/welcome" } }}
    >
      {children ?? ((data) => <p>{data.rows.join()}</p>)}
    </QueryCard>
  );
}

function show(ask: () => Promise<Answer>, children?: (data: Answer) => React.ReactNode) {
  const client = makeQueryClient();
  render(
    <QueryClientProvider client={client}>
      <Card ask={ask}>{children}</Card>
    </QueryClientProvider>,
  );
  return client;
}

describe("QueryCard", () => {
  it("keeps the height of what will come while it loads, and says that it is busy", () => {
    show(() => new Promise(() => {}));
    const card = screen.getByRole("region", { name: "Cost" });
    expect(card).toHaveAttribute("aria-busy", "true");
    expect(screen.getByText("Loading")).toBeInTheDocument();
    expect(card.querySelector<HTMLElement>("[style*='min-height']")?.style.minHeight).toBe("240px");
  });

  it("shows the data", async () => {
    show(() => Promise.resolve({ rows: ["a", "b"] }));
    expect(await screen.findByText("a,b")).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "Cost" })).toHaveAttribute("aria-busy", "false");
  });

  it("says why there is nothing and what to do next", async () => {
    show(() => Promise.resolve({ rows: [] }));
    expect(await screen.findByText("Nothing was sent.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Connect" })).toHaveAttribute("href", "/welcome");
  });

  it("names the error and its request id, and tries again on demand", async () => {
    const ask = vi
      .fn<() => Promise<Answer>>()
      .mockRejectedValueOnce(new ApiError("metrics: no such metric", 400, "req-42"))
      .mockResolvedValueOnce({ rows: ["fine"] });
    show(ask);
    expect(await screen.findByRole("alert")).toHaveTextContent("metrics: no such metric");
    expect(screen.getByText("req-42")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("fine")).toBeInTheDocument();
  });

  it("keeps saying what failed while it tries again", async () => {
    const ask = vi
      .fn<() => Promise<Answer>>()
      .mockRejectedValueOnce(new ApiError("away", 503))
      .mockReturnValue(new Promise(() => {}));
    show(ask);
    await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
    expect(ask).toHaveBeenCalledTimes(2);
    expect(screen.getByRole("alert")).toHaveTextContent("away");
  });

  it("keeps old numbers with their age when a refresh fails", async () => {
    const ask = vi
      .fn<() => Promise<Answer>>()
      .mockResolvedValueOnce({ rows: ["old"] })
      .mockRejectedValueOnce(new ApiError("away", 503));
    const client = show(ask);
    await screen.findByText("old");
    await client.refetchQueries();
    expect(await screen.findByText(/^Stale, from/)).toBeInTheDocument();
    expect(screen.getByText("old")).toBeInTheDocument();
  });

  it("keeps a failing drawing inside its frame", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    show(
      () => Promise.resolve({ rows: ["a"] }),
      () => {
        throw new Error("bad point");
      },
    );
    expect(await screen.findByText("This card failed")).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "Cost" })).toBeInTheDocument();
    vi.restoreAllMocks();
  });
});
