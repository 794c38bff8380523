"use client";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { callApi, type ApiError } from "@/components/query";
import type { PolicyPreview } from "@/lib/policies/store";
import { parseDocument, type PolicyDraft, type PolicyRef } from "@/lib/policies/store/schemas";
import type { FileProblem } from "@/lib/policies/check-policy-file";
import { isBranch } from "@/lib/policies/layer-tree";
import "@/components/settings/zod-without-eval";
import { nearestLine, readJson } from "./read-json";

export interface PlacedProblem extends Pick<FileProblem, "severity" | "message" | "path" | "where"> {
  line: number;
}

/** The text of a document → what it says, what is wrong with it and where, and what saving it would do. */
export function useDraft(ref: PolicyRef, text: string, baseVersion: number, kept: string) {
  const read = useMemo(() => readJson(text), [text]);
  const parsed = useMemo(() => {
    if ("error" in read) return null;
    return isBranch(read.value) ? parseDocument(ref.kind, read.value) : { problems: [NOT_AN_OBJECT] };
  }, [read, ref.kind]);
  const document = parsed && "document" in parsed ? parsed.document : null;
  const draft = useMemo(
    () => (document ? ({ ...ref, document, baseVersion } as PolicyDraft) : null),
    [ref, document, baseVersion],
  );
  const settled = useSettled(draft, 350);
  const preview = useQuery<PolicyPreview, ApiError>({
    queryKey: ["api", "/api/v1/policies/preview", settled],
    enabled: settled !== null,
    queryFn: ({ signal }) =>
      callApi<PolicyPreview>("/api/v1/policies/preview", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(settled),
        signal,
      }),
    placeholderData: (previous) => previous,
    // Somebody else may save, a target may enrol.
    refetchInterval: 15_000,
  });
  const problems = useMemo((): PlacedProblem[] => {
    if ("error" in read) {
      const { line, column, message } = read.error;
      return [{ severity: "error", message, path: `line ${line}, column ${column}`, where: "in the text", line }];
    }
    const found = parsed && "problems" in parsed ? parsed.problems : (preview.data?.problems ?? []);
    const root = `/${ref.kind}`;
    return found.map(({ severity, message, path, where }) => ({
      severity,
      message,
      path,
      where,
      line: nearestLine(read.lines, path.startsWith(root) ? path.slice(root.length) : ""),
    }));
  }, [read, parsed, preview.data, ref.kind]);
  return {
    document,
    problems,
    preview,
    /** The preview is of exactly this text. */
    current: draft === settled && !preview.isPlaceholderData && preview.data !== undefined,
    dirty: text !== kept,
  };
}

const NOT_AN_OBJECT: FileProblem = {
  severity: "error",
  path: "/",
  message: "A policy is an object: { … }. {} says nothing.",
  where: "in this document",
};

/** The value once it has stopped changing for a moment. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
