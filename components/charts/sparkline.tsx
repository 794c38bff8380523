import { cn } from "@/components/ui/cn";

/** The shape of a number over time; the number itself stands beside it. Null is a gap. */
export function Sparkline({
  values,
  compare,
  width = 96,
  height = 28,
  className,
}: {
  values: readonly (number | null)[];
  compare?: readonly (number | null)[];
  width?: number;
  height?: number;
  className?: string;
}) {
  const all = [...values, ...(compare ?? [])].filter((value): value is number => value !== null && Number.isFinite(value));
  if (all.length < 2) return <svg aria-hidden className={className} width={width} height={height} />;
  const scale = { min: Math.min(...all), max: Math.max(...all), width, height };
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={cn("overflow-visible", className)}
      width={width}
      height={height}
    >
      {compare ? (
        <path
          d={linePath(compare, scale)}
          fill="none"
          stroke="var(--muted-foreground)"
          strokeOpacity="0.55"
          strokeDasharray="2 2"
          vectorEffect="non-scaling-stroke"
        />
      ) : null}
      <path d={areaPath(values, scale)} fill="var(--primary)" fillOpacity="0.09" />
      <path
        d={linePath(values, scale)}
        fill="none"
        stroke="var(--primary)"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}

interface Scale {
  min: number;
  max: number;
  width: number;
  height: number;
}

const PAD = 2;

function points(values: readonly (number | null)[], { min, max, width, height }: Scale): ({ x: number; y: number } | null)[] {
  const span = max - min || 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, index) =>
    value === null || !Number.isFinite(value)
      ? null
      : { x: round(index * step), y: round(height - PAD - ((value - min) / span) * (height - 2 * PAD)) },
  );
}

const round = (value: number) => Math.round(value * 10) / 10;

/** "M x y L x y …", with a new M after every gap. */
export function linePath(values: readonly (number | null)[], scale: Scale): string {
  let pen = false;
  return points(values, scale)
    .map((point) => {
      if (!point) {
        pen = false;
        return "";
      }
      const step = `${pen ? "L" : "M"}${point.x} ${point.y}`;
      pen = true;
      return step;
    })
    .join("");
}

function areaPath(values: readonly (number | null)[], scale: Scale): string {
  const parts: string[] = [];
  let run: { x: number; y: number }[] = [];
  for (const point of [...points(values, scale), null]) {
    if (point) run.push(point);
    else if (run.length > 1) {
      const first = run[0]!;
      const last = run.at(-1)!;
      parts.push(`M${first.x} ${scale.height}${run.map(({ x, y }) => `L${x} ${y}`).join("")}L${last.x} ${scale.height}Z`);
      run = [];
    } else run = [];
  }
  return parts.join("");
}
