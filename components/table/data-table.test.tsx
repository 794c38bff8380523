import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DataColumn } from "./column";
import { DataTableView } from "./data-table-view";

const push = vi.hoisted(() => vi.fn<(href: string) => void>());
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));

interface Row {
  name: string;
  cost: string | null;
  requests: number;
}

const rows: Row[] = [
  { name: "globex", cost: "9.5", requests: 3 },
  { name: "acme", cost: "10", requests: 20 },
  { name: "initech", cost: null, requests: 100 },
];
const columns: DataColumn<Row>[] = [
  { id: "name", header: "Tenant", value: (row) => row.name },
  {
    id: "cost",
    header: "Cost",
    unit: "usd",
    value: (row) => row.cost,
    total: "$19.50",
    href: (row) => `/requests?tenant=${row.name}`,
  },
  { id: "requests", header: "Requests", unit: "count", value: (row) => row.requests, share: (row) => row.requests / 123 },
  { id: "extra", header: "Extra", value: () => "x" },
  { id: "hidden", header: "Hidden", value: () => "y", hidden: true },
];
const show = (props: Partial<Parameters<typeof DataTableView<Row>>[0]> = {}) =>
  render(<DataTableView caption="Tenants" rows={rows} columns={columns} rowId={(row) => row.name} {...props} />);
const names = () => [...document.querySelectorAll("tbody tr td:first-child")].map((cell) => cell.textContent);
const user = userEvent.setup();

beforeEach(() => push.mockClear());
afterEach(() => vi.restoreAllMocks());

describe("DataTable", () => {
  it("is a real table with a name, headers and a totals row", () => {
    show();
    const table = screen.getByRole("table", { name: "Tenants" });
    expect(
      within(table)
        .getAllByRole("columnheader")
        .map((cell) => cell.textContent),
    ).toEqual(["Tenant", "Cost", "Requests", "Extra"]);
    expect(within(table).getByText("$19.50")).toBeInTheDocument();
    expect(within(table).getByText("Total")).toBeInTheDocument();
  });

  it("sorts money as numbers, the dearest first, unknown last both ways, and says so", async () => {
    show();
    await user.click(screen.getByRole("button", { name: "Cost" }));
    expect(names()).toEqual(["acme", "globex", "initech"]);
    expect(screen.getByRole("columnheader", { name: "Cost" })).toHaveAttribute("aria-sort", "descending");
    await user.click(screen.getByRole("button", { name: "Cost" }));
    expect(names()).toEqual(["globex", "acme", "initech"]);
    expect(screen.getByRole("columnheader", { name: "Cost" })).toHaveAttribute("aria-sort", "ascending");
  });

  it("starts sorted as told and prints unknown as a dash", () => {
    show({ defaultSort: { id: "requests", desc: true } });
    expect(names()).toEqual(["initech", "acme", "globex"]);
    expect(within(screen.getByText("initech").closest("tr")!).getByText("—")).toBeInTheDocument();
  });

  it("links the row from its first cell, each number from its own, and the row for the mouse", async () => {
    show({ rowHref: (row) => `/tenants/${row.name}` });
    expect(screen.getByRole("link", { name: "acme" })).toHaveAttribute("href", "/tenants/acme");
    expect(screen.getByRole("link", { name: "$10.00" })).toHaveAttribute("href", "/requests?tenant=acme");
    await user.click(within(screen.getByText("globex").closest("tr")!).getByText("x"));
    expect(push).toHaveBeenCalledWith("/tenants/globex");
  });

  it("shows and hides columns by keyboard", async () => {
    show();
    expect(screen.queryByRole("columnheader", { name: "Hidden" })).toBeNull();
    screen.getByRole("button", { name: "Columns" }).focus();
    await user.keyboard("{Enter}");
    await user.click(await screen.findByRole("menuitemcheckbox", { name: "Hidden" }));
    await user.keyboard("{Escape}");
    expect(screen.getByRole("columnheader", { name: "Hidden" })).toBeInTheDocument();
  });

  it("exports what is shown, in the order shown", async () => {
    const parts: BlobPart[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
      parts.push(blob as Blob);
      return "blob:x";
    });
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
    show({ csv: "tenants", defaultSort: { id: "cost", desc: true } });
    await user.click(screen.getByRole("button", { name: "CSV" }));
    expect((await (parts[0] as Blob).text()).replace("\uFEFF", "")).toBe(
      "Tenant,Cost,Requests,Extra\r\nacme,10,20,x\r\nglobex,9.5,3,x\r\ninitech,,100,x\r\n",
    );
  });

  it("says when there is nothing", () => {
    show({ rows: [], empty: "No tenants yet." });
    expect(screen.getByText("No tenants yet.")).toBeInTheDocument();
  });

  it("draws only a window of many rows, and says how many there are", () => {
    show({ rows: Array.from({ length: 1_000 }, (_, index) => ({ name: `t${index}`, cost: "1", requests: index })) });
    expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "1001");
    expect(document.querySelectorAll("tbody tr").length).toBeLessThan(100);
  });
});
