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
