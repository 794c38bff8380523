import { expect, it, vi, afterEach } from "vitest";
import { ApiError, callApi } from "./api-error";
import { refreshIntervalMs } from "./refresh-interval";

afterEach(() => vi.unstubAllGlobals());
const answer = (response: Response | Error) =>
  vi.stubGlobal("fetch", () => (response instanceof Error ? Promise.reject(response) : Promise.resolve(response)));

it("turns problem JSON into its detail, code and request id", async () => {
  answer(
    new Response(JSON.stringify({ detail: 'There is no metric "cots".', status: 400, code: "invalid", requestId: "r-1" }), {
      status: 400,
    }),
  );
  const error = await callApi("/api/v1/query").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ message: 'There is no metric "cots".', status: 400, code: "invalid", requestId: "r-1" });
});

it("keeps the request id of an answer that is no JSON", async () => {
  answer(new Response("<html>", { status: 502, headers: { "x-request-id": "r-2" } }));
  await expect(callApi("/x")).rejects.toMatchObject({ message: "The server answered 502.", requestId: "r-2" });
});

it("says that the server cannot be reached", async () => {
  answer(new TypeError("fetch failed"));
  await expect(callApi("/x")).rejects.toMatchObject({
    status: 0,
    message: expect.stringContaining("cannot be reached") as string,
  });
});

it("refreshes what ends now, the shorter the sooner, and never the past", () => {
  const now = Date.parse("2026-11-20T14:32:25Z");
  const until = (from: string, to = "2026-11-20T14:33:00Z") => refreshIntervalMs({ from, to }, now);
  expect(until("2026-11-20T13:33:00Z")).toBe(2_000);
  expect(until("2026-11-19T14:00:00Z")).toBe(5_000);
  expect(refreshIntervalMs({ from: "2026-11-19T14:00:00Z", to: "2026-11-20T14:33:00Z" }, now, 1_500)).toBe(1_500);
  expect(until("2026-10-22T00:00:00Z")).toBe(20_000);
  expect(until("2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z")).toBe(false);
});
