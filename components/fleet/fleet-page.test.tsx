import { QueryClientProvider } from "@tanstack/react-query";
import { configure, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { EnrolmentTokenView, TargetList, TargetView } from "@/lib/fleet/schemas";
import { FleetPage } from "./fleet-page";
import { fleetRights, type FleetRights } from "./rights";
import { engineView, targetView } from "./testing";

// Parts that come later are compiled when they are first asked for: on a busy machine that takes its time.
configure({ asyncUtilTimeout: 8_000 });
vi.mock("next/navigation", () => ({
  usePathname: () => "/fleet",
  useRouter: () => ({ push: vi.fn<(href: string) => void>() }),
}));

const TOKEN = "het_0123456789abcdefghijklmnopqrstuvwxyzABCDE";
const LEAD = fleetRights({ lead: true, admin: false, limited: false });

const OPEN_TOKEN: EnrolmentTokenView = {
  id: "t1",
  name: "gw-7",
  connector: "headroom-gateway",
  environment: "production",
  pool: null,
  maxUses: 1,
  uses: 0,
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
  revokedAt: null,
  createdAt: new Date().toISOString(),
  createdBy: "Lena",
};
type Asked = Pick<EnrolmentTokenView, "name" | "connector" | "environment" | "pool" | "maxUses"> & { minutes: number };

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown> | undefined;
}
let calls: Call[] = [];
let targets: TargetView[] = [];
let tokens: EnrolmentTokenView[] = [];
let fleetServer: TargetList["fleetServer"] = { listening: true, since: "2026-11-20T09:00:00.000Z" };
let refusal: Response | undefined;

function answer({ method, path, body }: Call): unknown {
  if (path === "/api/v1/targets") return refusal?.clone() ?? { targets, fleetServer };
  if (method === "DELETE") {
    tokens = tokens.map((token) => (path.endsWith(token.id) ? { ...token, revokedAt: new Date().toISOString() } : token));
    return { enrolmentToken: tokens[0] };
  }
  if (method === "POST") {
    const { minutes, ...asked } = body as unknown as Asked;
    const now = Date.now();
    const enrolmentToken: EnrolmentTokenView = {
      ...OPEN_TOKEN,
      ...asked,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + minutes * 60_000).toISOString(),
    };
    tokens = [enrolmentToken];
    return { enrolmentToken, token: TOKEN };
  }
  return { enrolmentTokens: tokens };
}

beforeEach(() => {
  calls = [];
  targets = [];
  tokens = [];
  refusal = undefined;
  fleetServer = { listening: true, since: "2026-11-20T09:00:00.000Z" };
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    const call = {
      method: init?.method ?? "GET",
      path: url,
      body: init?.body ? (JSON.parse(String(init.body)) as Call["body"]) : undefined,
    };
    calls.push(call);
    const body = answer(call);
    return body instanceof Response ? body : Response.json(body);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show({ rights = LEAD, search = "" }: { rights?: FleetRights; search?: string } = {}) {
  const client = makeQueryClient();
  render(
    <NuqsTestingAdapter searchParams={search} hasMemory>
      <QueryClientProvider client={client}>
        <WorkspaceProvider
          value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u1", name: "Ada", role: "lead" } }}
        >
          <FleetPage rights={rights} consoleUrl="https://headroom.example" />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
  return client;
}
const posts = () => calls.filter(({ method }) => method === "POST");
const rowNames = async () => {
  const table = await screen.findByRole("table", { name: "List of targets" });
  return within(table)
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[0]!.textContent);
};

describe("the list", () => {
  it("shows each target with its state, its generations and that it is simulated, linked to its page", async () => {
    targets = [targetView(), engineView({ rollout: "applying", running: { generation: 6, hash: "b".repeat(64) } })];
    show();
    const table = await screen.findByRole("table", { name: "List of targets" });
    const [gateway, node] = ["gw-eu-1", "gpu-node-1"].map((name) => within(table).getByText(name).closest("tr")!);
    expect(gateway).toHaveTextContent(/Healthy7.*Headroom gateway.*0\.1\.0/);
    expect(node).toHaveTextContent(/Applyingsimulatedreported 6 →, wanted 7.*llama-8b.*2 × NVIDIA H100/);
    expect(within(table).getByRole("link", { name: "gw-eu-1" })).toHaveAttribute("href", `/fleet/${targets[0]!.id}`);
  });

  it("narrows by what the address says, by a count, and back", async () => {
    targets = [
      targetView({ id: "1", name: "gw-1" }),
      targetView({ id: "2", name: "gw-2", liveness: "offline" }),
      engineView({ id: "3", name: "node-1", rollout: "failed" }),
    ];
    show({ search: "?standing=attention" });
    expect(await rowNames()).toEqual(["gw-2", "node-1"]);
    await userEvent.click(screen.getByRole("button", { name: "Failed 1" }));
    expect(await rowNames()).toEqual(["node-1"]);
    expect(screen.getByText("1 target of 3")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Clear" }));
    expect(await rowNames()).toEqual(["gw-1", "gw-2", "node-1"]);
  });

  it("says that the fleet server is away", async () => {
    targets = [targetView({ liveness: "unknown" })];
    fleetServer = { listening: false, since: null };
    show();
    expect(await screen.findByRole("alert")).toHaveTextContent("The fleet server is away.");
    expect(await screen.findByRole("button", { name: "Unknown 1" })).toBeInTheDocument();
  });

  it("names what failed with its request id, and tries again", async () => {
    refusal = Response.json({ detail: "The database is away.", requestId: "req-9" }, { status: 500 });
    show();
    expect(await screen.findByText("req-9")).toBeInTheDocument();
    refusal = undefined;
    targets = [targetView()];
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await rowNames()).toEqual(["gw-eu-1"]);
  });

  it("keeps what it knew when it cannot be refreshed, with its age", async () => {
    targets = [targetView()];
    const client = show();
    await rowNames();
    refusal = Response.json({ detail: "away" }, { status: 500 });
    await client.refetchQueries();
    expect(await screen.findByText(/^Stale, from/)).toBeInTheDocument();
    expect(await rowNames()).toEqual(["gw-eu-1"]);
  });

  it("tells somebody who may not enrol whom to ask, and asks for no tokens", async () => {
    show({ rights: fleetRights({ lead: true, admin: true, limited: true }) });
    expect(await screen.findByText(/you are limited to some/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /Enrol/ })).not.toBeInTheDocument();
    expect(calls.every(({ path }) => path === "/api/v1/targets")).toBe(true);
  });
});

describe("enrolment", () => {
  it("goes from nothing to a target that appears, with the command in between", async () => {
    const client = show();
    await userEvent.click(await screen.findByRole("button", { name: "Enrol the first one" }));
    const dialog = await screen.findByRole("dialog");
    const name = await within(dialog).findByLabelText("Name");
    expect(name).toHaveValue("gateway-1");
    await userEvent.clear(name);
    await userEvent.type(name, "gw-eu-1");
    await userEvent.click(within(dialog).getByRole("button", { name: "Make the command" }));
    const command = await within(dialog).findByRole("region", { name: "Enrolment command" });
    expect(command).toHaveTextContent(TOKEN);
    expect(within(dialog).getByRole("region", { name: "Step 2" })).toHaveTextContent(
      /"name": "gw-eu-1".*"url": "https:\/\/headroom\.example"/,
    );
    expect(posts()).toEqual([
      {
        method: "POST",
        path: "/api/v1/enrolment-tokens",
        body: {
          name: "gw-eu-1",
          connector: "headroom-gateway",
          environment: "production",
          pool: null,
          maxUses: 1,
          minutes: 30,
        },
      },
    ]);
    expect(within(dialog).getByText("Waiting for gw-eu-1 to appear…")).toBeInTheDocument();

    targets = [targetView({ enrolledAt: new Date().toISOString(), version: "0.9.1" })];
    await client.refetchQueries();
    const status = within(dialog).getByRole("status", { name: "Enrolment" });
    await waitFor(() => expect(status).toHaveTextContent("gw-eu-1 appeared"));
    expect(status).toHaveTextContent("Version 0.9.1, runs generation 7");
    expect(within(status).getByRole("link", { name: "Open it" })).toHaveAttribute("href", `/fleet/${targets[0]!.id}`);
    await userEvent.click(within(dialog).getByRole("button", { name: "Done" }));
    expect(document.body).not.toHaveTextContent(TOKEN);
  });

  it("opens for what the address says, and takes a new name with the kind", async () => {
    targets = [engineView({ name: "gpu-node-1" })];
    show({ search: "?enrol=engine" });
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByLabelText("Name")).toHaveValue("gpu-node-2");
    await userEvent.type(within(dialog).getByLabelText("Pool"), "llama-8b");
    const machines = within(dialog).getByLabelText("Machines");
    await userEvent.clear(machines);
    await userEvent.type(machines, "4");
    expect(within(dialog).getByLabelText("Name")).toBeDisabled();
    await userEvent.click(within(dialog).getByRole("button", { name: "Make the command" }));
    expect(await within(dialog).findByText("Waiting for machines to appear… 0 of 4")).toBeInTheDocument();
    expect(posts()[0]!.body).toMatchObject({ name: null, connector: "engine", pool: "llama-8b", maxUses: 4 });
  });

  it("does not spend a token on a name that is taken, or on no machine", async () => {
    targets = [targetView({ name: "gw-eu-1" })];
    show({ search: "?enrol=headroom-gateway" });
    const dialog = await screen.findByRole("dialog");
    const name = await within(dialog).findByLabelText("Name");
    await userEvent.clear(name);
    await userEvent.type(name, "gw-eu-1");
    await userEvent.click(within(dialog).getByRole("button", { name: "Make the command" }));
    expect(await within(dialog).findByText(/There is a target gw-eu-1 already/)).toBeInTheDocument();
    await userEvent.clear(name);
    await userEvent.type(name, "-no-");
    await userEvent.click(within(dialog).getByRole("button", { name: "Make the command" }));
    expect(await within(dialog).findByText(/beginning with a letter or digit/)).toBeInTheDocument();
    await userEvent.clear(within(dialog).getByLabelText("Machines"));
    await userEvent.type(within(dialog).getByLabelText("Machines"), "0");
    await userEvent.click(within(dialog).getByRole("button", { name: "Make the command" }));
    await waitFor(() => expect(within(dialog).getByLabelText("Machines")).toHaveAttribute("aria-invalid", "true"));
    expect(posts()).toEqual([]);
  });

  it("lists open tokens only, and revokes one after a question", async () => {
    const open = { ...OPEN_TOKEN, id: "t7" };
    tokens = [open, { ...open, id: "t6", name: "gw-6", uses: 1 }, { ...open, id: "t5", name: "gw-5", expiresAt: open.createdAt }];
    show();
    const table = await screen.findByRole("table", { name: "List of open enrolment tokens" });
    expect(within(table).getAllByRole("row")).toHaveLength(2);
    expect(table).toHaveTextContent("0 of 1in 10 min");
    await userEvent.click(within(table).getByRole("button", { name: "Revoke the token for gw-7" }));
    await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Revoke token" }));
    await waitFor(() => expect(table).not.toBeInTheDocument());
    expect(calls).toContainEqual({ method: "DELETE", path: "/api/v1/enrolment-tokens/t7", body: undefined });
  });
});
