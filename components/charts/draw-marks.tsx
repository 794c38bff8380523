import { ReferenceLine } from "recharts";
import type { PlotMark } from "./prepare-plot";

const MARK_PX = 16;

/** What happened meanwhile, as lines of a chart. Called, not rendered: Recharts looks at the children of its charts. */
export const drawMarks = (marks: readonly PlotMark[]) =>
  marks.map((mark) => (
    <ReferenceLine
      key={mark.at}
      x={mark.at}
      stroke="var(--muted-foreground)"
      strokeDasharray="2 3"
      label={({ viewBox }: { viewBox?: { x?: number; y?: number } }) => (
        <MarkHead mark={mark} x={viewBox?.x ?? 0} y={viewBox?.y ?? 0} />
      )}
    />
  ));

/** The head of the line; neutral, because colours belong to series. Its name says what happened, to screen readers and to whoever points at it. */
function MarkHead({ mark: { sign, label }, x, y }: { mark: PlotMark; x: number; y: number }) {
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
