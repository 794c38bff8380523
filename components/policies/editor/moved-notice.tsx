"use client";
import { GitMerge } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { MovedBase } from "@/lib/policies/store/schemas";
import { WordList } from "./word-list";

/** Somebody else saved meanwhile: both edits, where they meet, and a choice that a person makes. */
export function MovedNotice({ moved, onTake }: { moved: MovedBase; onTake: (document: Record<string, unknown>) => void }) {
  const { current, yours, theirs, merged, conflicts } = moved;
  return (
    <section
      role="alert"
      aria-label="Somebody else saved meanwhile"
      className="flex flex-col gap-3 rounded-md border border-warning bg-warning-muted px-3 py-2.5 text-[13px]"
    >
      <p className="flex items-start gap-2 font-medium">
        <GitMerge aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
        <span>
          {current.author.name} saved version {current.version} while you were editing: “{current.message}”.{" "}
          {merged ? "The two edits fit together." : "Both changed the same values."}
        </span>
      </p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Words title="You changed" words={yours} />
        <Words title={`${current.author.name} changed`} words={theirs} />
      </div>
      {conflicts.length > 0 ? (
        <div
          className="overflow-x-auto rounded-md border bg-card"
          // Three values side by side do not fit a telephone: a region that scrolls must be reachable by keyboard.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          role="region"
          aria-label="Values that both changed"
        >
          <table className="w-full text-left text-xs">
            <thead>
              <tr className="border-b text-muted-foreground">
                {["Value", "Before", "Yours", "Theirs"].map((head) => (
                  <th key={head} scope="col" className="px-2 py-1.5 font-medium">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {conflicts.map(({ path, base, yours: mine, theirs: other }) => (
                <tr key={path} className="border-b last:border-0">
                  <th scope="row" className="px-2 py-1.5 font-mono font-normal">
                    {path}
                  </th>
                  {[
                    ["base", base],
                    ["yours", mine],
                    ["theirs", other],
                  ].map(([side, value]) => (
                    <td key={side as string} className="px-2 py-1.5 font-mono">
                      {value === undefined ? "—" : JSON.stringify(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <div className="flex flex-wrap gap-2">
        {merged ? (
          <Button size="sm" onClick={() => onTake(merged)}>
            Take both edits
          </Button>
        ) : (
          <>
            <Button size="sm" variant="outline" onClick={() => onTake(moved.keepingYours)}>
              Take both, mine where they meet
            </Button>
            <Button size="sm" variant="outline" onClick={() => onTake(moved.keepingTheirs)}>
              Take both, theirs where they meet
            </Button>
          </>
        )}
      </div>
    </section>
  );
}

function Words({ title, words }: { title: string; words: readonly string[] }) {
  return (
    <div className="min-w-0">
      <h4 className="text-xs text-muted-foreground">{title}</h4>
      <WordList sentences={words.length === 0 ? ["nothing"] : words} />
    </div>
  );
}
