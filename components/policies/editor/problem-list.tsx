"use client";
import { Button } from "@/components/ui/button";
import type { PlacedProblem } from "./use-draft";

/** What is wrong with a document, each with the way to its line. */
export function ProblemList({ problems, onGo }: { problems: readonly PlacedProblem[]; onGo: (line: number) => void }) {
  if (problems.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1">
      {problems.map(({ severity, path, message, where, line }) => (
        <li key={`${path} ${message}`} className="flex items-start gap-2 text-[13px]">
          <Button
            size="sm"
            variant="outline"
            className={severity === "error" ? "h-6 px-2 text-xs text-destructive" : "h-6 px-2 text-xs text-warning"}
            onClick={() => onGo(line)}
          >
            {severity === "error" ? "Error" : "Warning"}, line {line}
          </Button>
          <span className="min-w-0 pt-0.5 break-words">
            {message} <span className="text-muted-foreground">({where})</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
