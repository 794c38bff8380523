"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { ReactNode } from "react";

const ROW_HEIGHT = 37;

/** The rows in view, between two spacers. Loaded only for long tables. */
export function VirtualRows({
  count,
  getScroll,
  renderRow,
}: {
  count: number;
  getScroll: () => HTMLDivElement | null;
  renderRow: (index: number) => ReactNode;
}) {
  // This component only draws; nothing of the virtualizer is handed to memoised ones.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({ count, getScrollElement: getScroll, estimateSize: () => ROW_HEIGHT, overscan: 12 });
  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <>
      {before > 0 ? <Spacer height={before} /> : null}
      {items.map(({ index }) => renderRow(index))}
      {after > 0 ? <Spacer height={after} /> : null}
    </>
  );
}

const Spacer = ({ height }: { height: number }) => (
  <tr aria-hidden style={{ height }}>
    {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label */}
    <td />
  </tr>
);
