export { BarChart } from "./bar-chart";
export type { BarItem } from "./bar-chart";
export { cellOf, prepareSeries } from "./series";
export { Sparkline } from "./sparkline";
export { TimeChart } from "./time-chart";
