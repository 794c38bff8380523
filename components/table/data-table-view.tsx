"use client";
import {
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type ColumnVisibilityState,
  type Row,
  type SortingState,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ChevronsUpDown, Columns3, Download } from "lucide-react";
import { lazy, Suspense, useMemo, useRef, useState, type ReactNode } from "react";
import { useMayExport } from "@/components/layout/workspace";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuLabel,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { isRight, type CellValue, type DataColumn, type DataTableProps } from "./column";
import { downloadCsv, toCsv } from "./csv";
import { TableRow } from "./table-row";

const VIRTUAL_ABOVE = 200;
/** Shown while the virtual rows are on their way. */
const FIRST_ROWS = 40;

const VirtualRows = lazy(() => import("./virtual-rows").then((module) => ({ default: module.VirtualRows })));

const features = tableFeatures({
  rowSortingFeature,
  columnVisibilityFeature,
  sortedRowModel: createSortedRowModel(),
});
type Features = typeof features;

/** A real table: sort, choose columns, pinned first column, totals, links, CSV; virtual above 200 rows. */
export function DataTableView<T extends object>({
  caption,
  rows,
  columns,
  rowId,
  rowHref,
  defaultSort,
  csv: offered,
  toolbar,
  maxHeight,
  empty,
}: DataTableProps<T>) {
  const csv = useMayExport() ? offered : undefined;
  const [sorting, setSorting] = useState<SortingState>(defaultSort ? [defaultSort] : []);
  const [columnVisibility, setColumnVisibility] = useState<ColumnVisibilityState>(() =>
    Object.fromEntries(columns.filter(({ hidden }) => hidden).map(({ id }) => [id, false])),
  );
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const definitions = useMemo(() => columns.map((column) => define(column)), [columns]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable<Features, T>({
    features,
    data,
    columns: definitions,
    getRowId: rowId,
    state: { sorting, columnVisibility },
    onSortingChange: setSorting,
    onColumnVisibilityChange: setColumnVisibility,
    enableSortingRemoval: false,
  });
  const sorted = table.getRowModel().rows;
  const visible = table.getVisibleLeafColumns().flatMap(({ id }) => byId.get(id) ?? []);
  const virtual = sorted.length > VIRTUAL_ABOVE;
  const hasTotals = columns.some(({ total }) => total !== undefined);

  const download = () =>
    downloadCsv(
      typeof csv === "string" ? csv : caption,
      toCsv(
        visible.map(({ header }) => header),
        sorted.map((row) => visible.map((column) => column.value(row.original))),
      ),
    );

  const scroll = useRef<HTMLDivElement>(null);
  const sortOf = (id: string) => sorting.find((sort) => sort.id === id);

  return (
    <div className="flex min-w-0 flex-col gap-2">
      {toolbar || csv || columns.length > 4 ? (
        <div className="flex flex-wrap items-center gap-1.5" data-print="hidden">
          <div className="mr-auto flex flex-wrap items-center gap-1.5">{toolbar}</div>
          {columns.length > 4 ? (
            <ChooseColumns
              columns={columns}
              isVisible={(id) => columnVisibility[id] !== false}
              onChange={(id, on) => setColumnVisibility((state) => ({ ...state, [id]: on }))}
            />
          ) : null}
          {csv ? (
            typeof csv === "string" ? (
              <Button variant="outline" size="sm" onClick={download}>
                <Download aria-hidden /> CSV
              </Button>
            ) : (
              <Button variant="outline" size="sm" asChild>
                <a href={csv.href} download>
                  <Download aria-hidden /> CSV
                </a>
              </Button>
            )
          ) : null}
        </div>
      ) : null}
      <div
        ref={scroll}
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="region"
        aria-label={`${caption}, table`}
        className="relative min-w-0 overflow-auto rounded-md border"
        style={{ maxHeight: maxHeight ?? (virtual ? 560 : undefined) }}
      >
        <table
          className="w-full border-separate border-spacing-0 text-[13px]"
          aria-rowcount={virtual ? sorted.length + 1 : undefined}
        >
          <caption className="sr-only">{caption}</caption>
          <thead className="sticky top-0 z-20">
            <tr>
              {visible.map((column, index) => {
                const sort = sortOf(column.id);
                return (
                  <th
                    key={column.id}
                    scope="col"
                    aria-sort={sort ? (sort.desc ? "descending" : "ascending") : "none"}
                    className={cn(
                      "border-b bg-muted p-0 text-xs font-medium whitespace-nowrap text-muted-foreground",
                      index === 0 && "sticky left-0 z-10",
                    )}
                  >
                    <button
                      type="button"
                      onClick={(event) => table.getColumn(column.id)?.getToggleSortingHandler()?.(event)}
                      className={cn(
                        "group flex min-h-8 w-full items-center gap-1 px-3 focus-visible:-outline-offset-2",
                        isRight(column) && "flex-row-reverse",
                        sort && "text-foreground",
                      )}
                    >
                      {column.header}
                      {sort ? (
                        sort.desc ? (
                          <ArrowDown aria-hidden className="size-3.5" />
                        ) : (
                          <ArrowUp aria-hidden className="size-3.5" />
                        )
                      ) : (
                        <ChevronsUpDown
                          aria-hidden
                          className="size-3.5 opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60"
                        />
                      )}
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <TableBody
            rows={sorted}
            columns={visible}
            rowHref={rowHref}
            virtual={virtual}
            getScroll={() => scroll.current}
            empty={empty}
          />
          {hasTotals && sorted.length > 0 ? (
            <tfoot className="sticky bottom-0 z-20">
              <tr>
                {visible.map((column, index) => (
                  <td
                    key={column.id}
                    className={cn(
                      "border-t border-border-strong bg-muted px-3 py-2 font-medium whitespace-nowrap tabular",
                      isRight(column) && "text-right",
                      index === 0 && "sticky left-0",
                    )}
                  >
                    {index === 0 && column.total === undefined ? "Total" : (column.total ?? null)}
                  </td>
                ))}
              </tr>
            </tfoot>
          ) : null}
        </table>
      </div>
    </div>
  );
}

function define<T extends object>(column: DataColumn<T>): ColumnDef<Features, T> {
  return {
    id: column.id,
    header: column.header,
    accessorFn: (row) => {
      const value = column.value(row);
      if (value === null || value === undefined || value === "") return undefined;
      return column.unit ? Number(value) : value;
    },
    sortUndefined: "last",
    sortDescFirst: Boolean(column.unit),
    sortFn: (a: Row<Features, T>, b: Row<Features, T>, id: string) =>
      compareCells(a.getValue<CellValue>(id), b.getValue<CellValue>(id)),
  };
}

function compareCells(a: CellValue, b: CellValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""), "en", { numeric: true });
}

interface TableBodyProps<T extends object> {
  rows: readonly Row<Features, T>[];
  columns: readonly DataColumn<T>[];
  rowHref?: (row: T) => string | undefined;
  virtual: boolean;
  getScroll: () => HTMLDivElement | null;
  empty?: ReactNode;
}

function TableBody<T extends object>({ rows, columns, rowHref, virtual, getScroll, empty }: TableBodyProps<T>) {
  if (rows.length === 0) {
    return (
      <tbody>
        <tr>
          <td colSpan={columns.length} className="px-3 py-6 text-center text-muted-foreground">
            {empty ?? "No rows."}
          </td>
        </tr>
      </tbody>
    );
  }
  const renderRow = (index: number) => {
    const row = rows[index];
    return row ? (
      <TableRow
        key={row.id}
        row={row.original}
        columns={columns}
        href={rowHref?.(row.original)}
        index={virtual ? index + 2 : undefined}
      />
    ) : null;
  };
  if (!virtual) return <tbody>{rows.map((_, index) => renderRow(index))}</tbody>;
  return (
    <tbody>
      <Suspense fallback={rows.slice(0, FIRST_ROWS).map((_, index) => renderRow(index))}>
        <VirtualRows count={rows.length} getScroll={getScroll} renderRow={renderRow} />
      </Suspense>
    </tbody>
  );
}

function ChooseColumns<T>({
  columns,
  isVisible,
  onChange,
}: {
  columns: readonly DataColumn<T>[];
  isVisible: (id: string) => boolean;
  onChange: (id: string, visible: boolean) => void;
}) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="outline" size="sm">
          <Columns3 aria-hidden /> Columns
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuLabel>Columns</DropdownMenuLabel>
        {columns.slice(1).map((column) => (
          <DropdownMenuCheckboxItem
            key={column.id}
            checked={isVisible(column.id)}
            onCheckedChange={(on) => onChange(column.id, on)}
            onSelect={(event) => event.preventDefault()}
          >
            {column.header}
          </DropdownMenuCheckboxItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
