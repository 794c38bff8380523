import { QueryClientProvider } from "@tanstack/react-query";
import { configure, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { DesiredEntry, TargetDetails } from "@/lib/fleet/schemas";
import { fleetRights } from "../rights";
import { hashOf, targetView } from "../testing";
import { TargetPage } from "./target-page";

// Parts that come later are compiled when they are first asked for: on a busy machine that takes its time.
configure({ asyncUtilTimeout: 8_000 });

const order = (generation: number, over: Partial<DesiredEntry> = {}): DesiredEntry => ({
  ...targetView().desired!,
  generation,
  hash: hashOf(String(generation)),
  reason: `version ${generation}`,
  ...over,
});
const payloadOf = (weight: number) => ({
  schema: 1,
  connector: "headroom-gateway",
  content: {
    layers: [
      {
        scope: { level: "global", value: null },
        policies: { routing: { routes: { chat: { targets: { small: { upstream: "openai", weight } } } } } },
      },
    ],
  },
});
const AT = "2026-11-20T11:00:05.000Z";
const REFUSED: TargetDetails = {
  target: targetView({
    rollout: "refused",
    desired: order(3),
    running: { generation: 2, hash: hashOf("2") },
    effectiveHash: hashOf("2"),
    lastAttempt: {
      generation: 3,
      attempt: 5,
      hash: hashOf("3"),
      status: "refused",
      error: 'Upstream "x" is not here',
      at: AT,
    },
  }),
  desired: [order(3), order(2, { leaseTtlSec: 900, forced: true }), order(1)],
  attempts: [
    { generation: 3, attempt: 5, hash: hashOf("3"), status: "refused", error: 'Upstream "x" is not here', at: AT },
    { generation: 2, attempt: 4, hash: hashOf("2"), status: "applied", error: null, at: AT },
  ],
};

interface Call {
  method: string;
  path: string;
  body: unknown;
}
let calls: Call[] = [];
let details: TargetDetails;
let refusal: Response | undefined;
const UNCHANGED = { outcome: "unchanged", reasons: [] as string[], warnings: [] as string[] };
let outcome = UNCHANGED;
beforeEach(() => {
  outcome = UNCHANGED;
  calls = [];
  details = REFUSED;
  refusal = undefined;
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    const method = init?.method ?? "GET";
    calls.push({ method, path, body: init?.body ? JSON.parse(String(init.body)) : undefined });
    if (refusal && (method === "POST" || !calls.some((call) => call.method === "POST"))) return refusal.clone();
    const generation = /\/desired\/(\d+)$/.exec(path)?.[1];
    if (generation) return Response.json({ entry: order(Number(generation)), payload: payloadOf(Number(generation) * 10) });
    if (path.endsWith("/outcome")) return Response.json(outcome);
    if (method === "POST") details = { ...details, target: { ...details.target, state: "revoked", stateReason: "sold" } };
    return Response.json(details);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show({ admin = true, lead = true, limited = false } = {}) {
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <WorkspaceProvider
        value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u1", name: "Ada", role: "admin" } }}
      >
        <TargetPage id={REFUSED.target.id} rights={fleetRights({ admin, lead, limited })} />
      </WorkspaceProvider>
    </QueryClientProvider>,
  );
}

describe("one target", () => {
  it("says at the top what was refused and why, and beside it how far behind it is", async () => {
    show();
    expect(await screen.findByRole("heading", { level: 1, name: "gw-eu-1 Refused" })).toBeInTheDocument();
    expect(screen.getByRole("alert")).toHaveTextContent(
      'It refused generation 3 without touching anything, and keeps generation 2: Upstream "x" is not here.',
    );
    const compared = screen.getByRole("region", { name: "Desired against reported" });
    expect(compared).toHaveTextContent(/DesiredGeneration 3.*ReportedGeneration 2.*Read backThe same/);
    expect(compared).toHaveTextContent("It is 1 generation behind, and stays there: it refused this content.");
    const attempts = within(screen.getByRole("list", { name: "Attempts, newest first" })).getAllByRole("listitem");
    expect(attempts.map((item) => item.textContent)).toEqual([
      expect.stringMatching(/^Refused: generation 3try 5.*Upstream "x" is not here$/),
      expect.stringMatching(/^Applied: generation 2try 4/),
    ]);
    const health = screen.getByRole("region", { name: "Health" });
    expect(health).toHaveTextContent(/well.*Spool2 KiB.*Requests in flight3/);
  });

  it("says why policies in force were never sent to it", async () => {
    outcome = { outcome: "refused", reasons: ["FP8 needs a GPU of Ada or newer."], warnings: [] };
    show();
    expect(await screen.findByText("FP8 needs a GPU of Ada or newer.")).toBeInTheDocument();
    expect(screen.getByText(/cannot do what they ask/).parentElement).toHaveTextContent(/Generation 3 stays\./);
  });

  it("marks the orders that are wanted and that run, with lease and force", async () => {
    show();
    const orders = await screen.findByRole("list", { name: "Orders, newest first" });
    expect([...orders.children].map((item) => item.textContent)).toEqual([
      expect.stringMatching(/^Generation 3desiredLena/),
      expect.stringMatching(/^Generation 2runsinsisted onlease 15 minLena/),
      expect.stringMatching(/^Generation 1Lena/),
    ]);
  });

  it("reads what an order holds only when it is opened, and says the difference in words first", async () => {
    show();
    const summary = await screen.findByText(/What changed against generation 2/);
    expect(calls.some(({ path }) => path.includes("/desired/"))).toBe(false);
    await userEvent.click(summary);
    const changes = await screen.findByRole("list", { name: "Changes of generation 3" });
    expect(changes).toHaveTextContent("weight of small in chat 20 → 30");
    expect(screen.getByRole("region", { name: "Lines of generation 3 that changed" })).toHaveTextContent(
      /−\s+"weight": 20\s*\+\s+"weight": 30/,
    );
  });

  it("asks for no payload, and offers no action, to whom the fleet is not open", async () => {
    show({ limited: true });
    expect(await screen.findByText(/What the orders hold is for leads who see every tenant/)).toBeInTheDocument();
    expect(screen.queryByText(/What changed against/)).not.toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Revoke" })).not.toBeInTheDocument();
  });

  it("leaves revoking to admins", async () => {
    show({ admin: false });
    await screen.findByText(/What changed against generation 2/);
    expect(screen.queryByRole("button", { name: "Revoke" })).not.toBeInTheDocument();
  });

  it("says that there is no such target", async () => {
    refusal = Response.json({ detail: "There is no such target." }, { status: 404 });
    show();
    expect(await screen.findByRole("link", { name: "See the fleet" })).toHaveAttribute("href", "/fleet");
  });
});

describe("changing its state", () => {
  it("revokes with a reason, and then says what that means", async () => {
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Revoke gw-eu-1?" });
    await userEvent.click(within(dialog).getByRole("button", { name: "Revoke target" }));
    expect(within(dialog).getByText("Say why, in a few words.")).toBeInTheDocument();
    expect(calls.filter(({ method }) => method === "POST")).toEqual([]);
    await userEvent.type(within(dialog).getByLabelText("Why"), "  sold ");
    await userEvent.click(within(dialog).getByRole("button", { name: "Revoke target" }));
    await waitFor(() => expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Revoked"));
    expect(calls.filter(({ method }) => method === "POST")).toEqual([
      { method: "POST", path: `/api/v1/targets/${REFUSED.target.id}/revoke`, body: { reason: "sold" } },
    ]);
    expect(screen.getByText(/^Revoked: sold\. .*enrol it again with a new token\.$/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Revoke" })).not.toBeInTheDocument();
  });

  it("releases from quarantine; a refusal of the server stays in the dialog", async () => {
    details = { ...REFUSED, target: { ...REFUSED.target, state: "quarantined", stateReason: "Two programs use one identity." } };
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Release" }));
    const dialog = await screen.findByRole("alertdialog", { name: "Release gw-eu-1 from quarantine?" });
    refusal = Response.json({ detail: "gw-eu-1 is revoked." }, { status: 409 });
    await userEvent.type(within(dialog).getByLabelText("Why"), "twin stopped");
    await userEvent.click(within(dialog).getByRole("button", { name: "Release" }));
    expect(await within(dialog).findByText("gw-eu-1 is revoked.")).toBeInTheDocument();
    expect(calls.find(({ method }) => method === "POST")?.path).toMatch(/\/release$/);
  });
});
