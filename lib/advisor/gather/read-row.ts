/** Cells of an answer of the catalogue, as detectors want them. Pure. */
import type { MetricCell, MetricRow } from "@/lib/metrics/schemas";
import { toNanoUsd } from "@/lib/money";

export const cell = (row: MetricRow, metric: string) => row[metric] as MetricCell | undefined;
export const number = (row: MetricRow, metric: string): number => Number(cell(row, metric)?.value ?? 0);
export const maybe = (value: string | null | undefined): number | null => (value == null ? null : Number(value));
export const nano = (row: MetricRow, metric: string): bigint => toNanoUsd(cell(row, metric)?.value ?? "0");
export const text = (row: MetricRow, dimension: string): string => row[dimension] as string;
