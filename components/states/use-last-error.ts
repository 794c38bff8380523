"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";

/**
 * The error of a question that has no answer yet. It stays while the question is asked again by itself: otherwise a card
 * would flicker between error and skeleton for as long as the server is away.
 */
export function useLastError(query: Pick<UseQueryResult<unknown, Error>, "data" | "error">): Error | null {
  const [last, setLast] = useState<Error | null>(null);
  if (query.error && query.error !== last) setLast(query.error);
  if (query.data !== undefined) return null;
  return query.error ?? last;
}
