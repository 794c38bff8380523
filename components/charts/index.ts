export { BarChart } from "./bar-chart";
export type { BarItem } from "./bar-chart";
export { cellOf, prepareSeries } from "./series";
export type { ChartSeries } from "./series";
export { ShareBar } from "./share-bar";
export { Sparkline } from "./sparkline";
export { TimeChart } from "./time-chart";
export type { ChartAnnotation } from "./time-chart";
