/** Lines of a calculation are not entities: the first is the first colour. */
export const SWEEP_COLORS = ["var(--chart-1)", "var(--chart-2)", "var(--chart-3)", "var(--chart-4)"] as const;
