"use client";
import { useMemo } from "react";
import { useApi } from "@/components/query";
import type { Annotation } from "@/lib/metrics/annotations";

const NONE: readonly Annotation[] = [];

/**
 * What happened within a range that its charts mark. Charts of one page ask together, once. While the answer
 * is on its way, or when it fails, there are none: a mark never stands in the way of the numbers. Null asks nothing.
 */
export function useAnnotations(range: { from: string; to: string } | null): readonly Annotation[] {
  const [from, to] = [range?.from ?? "", range?.to ?? ""];
  const { data } = useApi<{ annotations: Annotation[] }>(
    range ? `/api/v1/annotations?${new URLSearchParams({ from, to }).toString()}` : null,
  );
  return useMemo(() => {
    // The answer for the range before stays until the new one is here: what lies outside would stand at the wrong bucket.
    const within = ({ at }: Annotation) => Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to);
    const inside = (data?.annotations ?? NONE).filter(within);
    return inside.length > 0 ? inside : NONE;
  }, [data, from, to]);
}
