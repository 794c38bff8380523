"use client";
import { parseAsString, useQueryStates } from "nuqs";
import { useApi } from "@/components/query";
import { isOver, type BenchmarkComparison, type BenchmarkDetail, type BenchmarkList } from "@/lib/advisor/benchmark/schemas";

export const BENCHMARKS_PATH = "/api/v1/advisor/benchmarks";

const RUNNING_MS = 1_500;

/** Which benchmark is looked at and beside which one: in the address, so that it can be passed on. */
export const useChosen = () => useQueryStates({ run: parseAsString, with: parseAsString }, { history: "push" });

/** Asked often while one is under way. */
export const useBenchmarks = () =>
  useApi<BenchmarkList>(BENCHMARKS_PATH, {
    refreshMs: (known) => (known?.benchmarks.some(({ status }) => !isOver(status)) ? RUNNING_MS : false),
  });

export const useBenchmark = (id: string | null) =>
  useApi<BenchmarkDetail>(id && `${BENCHMARKS_PATH}/${encodeURIComponent(id)}`, {
    refreshMs: (known) => (known && !isOver(known.status) ? RUNNING_MS : false),
  });

export const useComparison = (id: string | null, other: string | null) =>
  useApi<BenchmarkComparison>(
    id && other && id !== other ? `${BENCHMARKS_PATH}/${encodeURIComponent(id)}/compare?with=${encodeURIComponent(other)}` : null,
  );
