import type { ReactNode } from "react";

export type CellValue = string | number | null | undefined;

export interface DataColumn<T> {
  id: string;
  header: string;
  /** What is sorted and exported; null is unknown and always sorts last. */
  value: (row: T) => CellValue;
  /** Formats `value` and aligns right. */
  unit?: string;
  /** Overrides how the value looks. */
  cell?: (row: T) => ReactNode;
  align?: "left" | "right";
  /** Makes the value a link: every number leads to its rows. */
  href?: (row: T) => string | undefined;
  /** In the totals row, already reduced by the caller: only it knows whether adding up is right. */
  total?: ReactNode;
  /** Fraction of the whole, drawn as a bar after the value. */
  share?: (row: T) => number | null;
  /** Hidden until chosen. */
  hidden?: boolean;
}

export const isRight = <T>(column: DataColumn<T>): boolean => (column.align ?? (column.unit ? "right" : "left")) === "right";

export interface DataTableProps<T> {
  /** The accessible name. */
  caption: string;
  rows: readonly T[];
  columns: readonly DataColumn<T>[];
  rowId: (row: T) => string;
  /** Where a row leads: the first cell is the link, the whole row is its target for the mouse. */
  rowHref?: (row: T) => string | undefined;
  defaultSort?: { id: string; desc: boolean };
  /** Shows a download button for the rows at hand; a string is the file name. */
  csv?: string | { href: string };
  /** Left of the buttons above the table. */
  toolbar?: ReactNode;
  /** Px; the table scrolls inside it. Default: none up to 200 rows, then 560. */
  maxHeight?: number;
  empty?: ReactNode;
}
