import { render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { QueryProvider } from "./query-provider";
import { useApi } from "./use-api";

function Asks() {
  const { isError } = useApi("/api/v1/anything");
  return isError ? "refused" : null;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("an answer for somebody whose session has ended", () => {
  it.each([
    [401, ["/sign-in?next=%2Fexplore%3Fby%3Dtenant"]],
    [403, []],
  ])("%i leads to %j", async (status, expected) => {
    window.history.replaceState(null, "", "/explore?by=tenant");
    const went: string[] = [];
    vi.spyOn(window.location, "assign").mockImplementation((url) => void went.push(String(url)));
    vi.stubGlobal("fetch", async () => Response.json({ detail: "no", status }, { status }));
    render(
      <QueryProvider>
        <Asks />
      </QueryProvider>,
    );
    await screen.findByText("refused");
    expect(went).toEqual(expected);
  });
});
