import type { PlotMark } from "./prepare-plot";

const MARK_PX = 16;

/** The head of the line; neutral, because colours belong to series. Its name says what happened, to screen readers and to whoever points at it. */
export function MarkHead({ mark: { sign, label }, x, y }: { mark: PlotMark; x: number; y: number }) {
  return (
    <g role="img" aria-label={label} transform={`translate(${x - MARK_PX / 2} ${y})`}>
      <title>{label}</title>
      <rect width={MARK_PX} height={MARK_PX} rx={4} fill="var(--card)" stroke="var(--muted-foreground)" />
      <text x={MARK_PX / 2} y={12} textAnchor="middle" fontSize={11} fontWeight={600} fill="var(--foreground)" aria-hidden>
        {sign}
      </text>
    </g>
  );
}
