import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkspaceProvider } from "@/components/layout/workspace";
import { makeQueryClient } from "@/components/query";
import type { Role } from "@/lib/auth/actor";
import type { DeadLetterView } from "@/lib/telemetry/list-dead-letters";
import { DeadLettersPage } from "./dead-letters-page";
import { readPayload } from "./words";

vi.mock("next/navigation", () => ({
  usePathname: () => "/dead-letters",
  useRouter: () => ({ push: vi.fn<(href: string) => void>() }),
}));
const notices = vi.hoisted(() => [] as string[]);
vi.mock("sonner", () => ({
  toast: {
    success: (text: string) => notices.push(`success ${text}`),
    error: (text: string) => notices.push(`error ${text}`),
  },
}));

const letter = (over: Partial<DeadLetterView> = {}): DeadLetterView => ({
  id: "17",
  receivedAt: "2026-11-20T10:00:00.000Z",
  source: "usage",
  code: "conflict",
  field: "id",
  reason: "Event e-1 was stored before with other content.",
  eventId: "e-1",
  tenant: "acme",
  payload: { id: "e-1", tenant: "acme" },
  replayedAt: null,
  replayResult: null,
  ...over,
});

interface Call {
  path: string;
  params: URLSearchParams;
  body: unknown;
}
let calls: Call[] = [];
let answer: (call: Call) => unknown;
beforeEach(() => {
  calls = [];
  notices.length = 0;
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    const { pathname, searchParams } = new URL(url, "http://x");
    const call = { path: pathname, params: searchParams, body: init?.body ? JSON.parse(String(init.body)) : undefined };
    calls.push(call);
    const body = answer(call);
    return body instanceof Response ? body : Response.json(body);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show({ role = "admin", search = "" }: { role?: Role; search?: string } = {}) {
  return render(
    <NuqsTestingAdapter searchParams={search} hasMemory>
      <QueryClientProvider client={makeQueryClient()}>
        <WorkspaceProvider
          value={{ name: "W", timeZone: "UTC", currency: "USD", demo: false, user: { id: "u1", name: "Ada", role } }}
        >
          <DeadLettersPage />
        </WorkspaceProvider>
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}

const lists = () => calls.filter(({ path, params }) => path === "/api/v1/dead-letters" && params.get("limit") === "50");
const replays = () => calls.filter(({ path }) => path.endsWith("/replay"));
const listOf = (items: DeadLetterView[], next: string | null = null) => ({ items, next });
const open = async () => userEvent.click(await screen.findByRole("button", { name: "20 Nov 2026, 10:00:00" }));
const editor = () => screen.findByRole("textbox", { name: "Payload" });
async function rewrite(text: string) {
  const field = await editor();
  await userEvent.clear(field);
  await userEvent.click(field);
  await userEvent.paste(text);
}
async function confirmReplay(name: string) {
  await userEvent.click(screen.getByRole("button", { name }));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Replay" }));
}

describe("/dead-letters", () => {
  it("asks for what the address says, and shows each letter with its reason", async () => {
    answer = () => listOf([letter(), letter({ id: "16", code: "poison", replayedAt: "2026-11-20T11:00:00.000Z" })]);
    show({ search: "?state=open&code=conflict&source=usage&tenant=acme,globex&range=7d" });
    const table = await screen.findByRole("table", { name: "List of dead letters" });
    const { params } = lists()[0]!;
    expect(Object.fromEntries(["state", "code", "source"].map((name) => [name, params.get(name)]))).toEqual({
      state: "open",
      code: "conflict",
      source: "usage",
    });
    expect(params.getAll("tenant")).toEqual(["acme", "globex"]);
    expect(Date.parse(params.get("to")!) - Date.parse(params.get("from")!)).toBeGreaterThan(6 * 86_400_000);
    const [, first, second] = within(table).getAllByRole("row");
    expect(first).toHaveTextContent(/Open.*acme.*Usage events.*conflict.*id.*was stored before.*e-1/);
    expect(second).toHaveTextContent("Replayed");
  });

  it("filters by state from the page, and loads older letters from where the list ended", async () => {
    answer = ({ params }) => (params.get("before") === "17" ? listOf([letter({ id: "9" })]) : listOf([letter()], "17"));
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Load more" }));
    expect(await screen.findByText("2 letters")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Replayed" }));
    await waitFor(() => expect(lists().at(-1)!.params.get("state")).toBe("replayed"));
  });

  it("says that nothing was refused, or that no letter matches and how to see all", async () => {
    answer = () => listOf([]);
    const { unmount } = show();
    expect(await screen.findByText("Nothing was refused in this period")).toBeVisible();
    unmount();
    show({ search: "?code=poison" });
    expect(await screen.findByText("No dead letter matches")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Show all" }));
    expect(await screen.findByText("Nothing was refused in this period")).toBeVisible();
  });

  it("quotes the request id of a failure", async () => {
    answer = () => Response.json({ detail: "Something failed on our side.", requestId: "q-1" }, { status: 500 });
    show();
    expect(await screen.findByText("q-1")).toBeVisible();
  });

  it("sends an edited letter once it is confirmed, tells that it was stored, and asks for the list anew", async () => {
    answer = ({ path }) => {
      if (path.endsWith("/replay")) {
        return { id: "17", status: "queued", replayedAt: "2026-11-20T12:00:00.000Z", eventId: "e-2" };
      }
      if (path === "/api/v1/requests") return { rows: [{ id: "e-2" }], nextCursor: null };
      return listOf([replays().length > 0 ? letter({ replayedAt: "2026-11-20T12:00:00.000Z" }) : letter()]);
    };
    show();
    await open();
    await rewrite('{"id": "e-2", "tenant": "acme"}');
    await confirmReplay("Replay edited");
    await waitFor(() => expect(notices).toEqual(["success Stored: event e-2 is in, and its cost counts."]));
    expect(replays()).toMatchObject([
      { path: "/api/v1/dead-letters/17/replay", body: { payload: { id: "e-2", tenant: "acme" } } },
    ]);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(within(await screen.findByRole("table")).getByText("Replayed")).toBeVisible();
  });

  it("sends an unedited letter without a body, and says when it is a duplicate", async () => {
    answer = ({ path }) =>
      path.endsWith("/replay")
        ? { id: "17", status: "duplicate", replayedAt: "2026-11-20T12:00:00.000Z", eventId: "e-1" }
        : listOf([letter()]);
    show({ search: "?letter=17" });
    await editor();
    await confirmReplay("Replay");
    await waitFor(() => expect(notices[0]).toMatch(/^success Duplicate: event e-1/));
    expect(replays()).toMatchObject([{ body: undefined }]);
  });

  it("keeps the editor and its text when the replay is refused, with the reason, the field and the request id", async () => {
    answer = ({ path }) =>
      path.endsWith("/replay")
        ? Response.json(
            { detail: "Event e-1 is stored with other content.", code: "conflict", field: "id", requestId: "q-2" },
            { status: 409 },
          )
        : listOf([letter()]);
    show({ search: "?letter=17" });
    await rewrite('{"id": "e-1", "n": 2}');
    await confirmReplay("Replay edited");
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent(/Event e-1 is stored with other content\..*Field id\. Request q-2/);
    expect(notices).toEqual(["error Conflict: Event e-1 is stored with other content."]);
    expect(await editor()).toHaveValue('{"id": "e-1", "n": 2}');
  });

  it("tells when the worker refused what the queue took", async () => {
    answer = ({ path, params }) => {
      if (path.endsWith("/replay")) return { id: "17", status: "queued", replayedAt: "", eventId: "e-1" };
      if (path === "/api/v1/requests") return { rows: [], nextCursor: null };
      return listOf(
        params.get("limit") === "20" ? [letter({ id: "18", code: "poison", reason: "Cannot be stored." })] : [letter()],
      );
    };
    show({ search: "?letter=17" });
    await editor();
    await confirmReplay("Replay");
    await waitFor(() => expect(notices).toEqual(["error Rejected: Cannot be stored."]));
  });

  it("does not let broken JSON go, and says where it breaks", async () => {
    answer = () => listOf([letter()]);
    show({ search: "?letter=17" });
    await rewrite('{\n  "id": "e-1",\n}');
    expect(await screen.findByRole("alert")).toHaveTextContent(/This is not JSON: .*line 3/);
    expect(screen.getByRole("button", { name: "Replay edited" })).toBeDisabled();
    await userEvent.click(screen.getByRole("button", { name: "Undo edits" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("offers no second replay of the same, but one of an edited letter", async () => {
    answer = () => listOf([letter({ replayedAt: "2026-11-20T11:00:00.000Z", replayResult: "event e-1 sent again" })]);
    show({ search: "?letter=17" });
    await editor();
    expect(screen.getByText(/event e-1 sent again/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Replay" })).toBeDisabled();
    await rewrite('{"id": "e-3"}');
    expect(screen.getByRole("button", { name: "Replay edited" })).toBeEnabled();
  });

  it("is read-only for analysts, and where nothing was kept that could be sent", async () => {
    answer = () => listOf([letter()]);
    const { unmount } = show({ role: "analyst", search: "?letter=17" });
    expect(await screen.findByText("An admin can correct this and replay it.")).toBeVisible();
    expect(screen.getByRole("region", { name: "Payload" })).toHaveTextContent('"id": "e-1"');
    expect(screen.queryByRole("textbox", { name: "Payload" })).toBeNull();
    unmount();
    answer = () => listOf([letter({ source: "otlp", code: "missing" })]);
    show({ search: "?letter=17" });
    expect(await screen.findByText(/Correct the sender/)).toBeVisible();
    expect(screen.queryByRole("button", { name: /Replay$/ })).toBeNull();
  });

  it("opens a letter of a shared link that is not in the list, or says that there is none", async () => {
    answer = ({ params }) => listOf(params.get("before") === "13" ? [letter({ id: "12", eventId: "old" })] : [letter()]);
    const { unmount } = show({ search: "?letter=12" });
    expect(await screen.findByRole("dialog", { name: "Dead letter 12" })).toBeVisible();
    unmount();
    show({ search: "?letter=5" });
    expect(await screen.findByRole("alert")).toHaveTextContent("There is no dead letter 5");
  });

  it("asks nothing for viewers", async () => {
    answer = () => listOf([letter()]);
    show({ role: "viewer" });
    expect(screen.getByText("Dead letters are for analysts")).toBeVisible();
    expect(lists()).toEqual([]);
  });
});

describe("readPayload", () => {
  it("takes one object and nothing else", () => {
    expect(readPayload('{"a": 1}')).toEqual({ payload: { a: 1 } });
    for (const text of ["[]", "null", "3", '"a"'])
      expect(readPayload(text)).toHaveProperty("error", expect.stringContaining("one object"));
    expect(readPayload("")).toHaveProperty("error", expect.stringContaining("not JSON"));
  });
});
