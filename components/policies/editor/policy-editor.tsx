"use client";
import { GitPullRequestArrow, Undo2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useId, useState } from "react";
import { carryDraft } from "@/components/changes/draft/carry-draft";
import { useApi } from "@/components/query";
import { ErrorState, StaleAge } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { EffectivePolicy, PolicyDocument, PolicyPreview } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { ofScope, titleOf } from "../scope-badge";
import { JsonField } from "./json-field";
import { MovedNotice } from "./moved-notice";
import { ProblemList } from "./problem-list";
import { quickGroups, type QuickControl } from "./quick-controls";
import { QuickPanel } from "./quick-panel";
import { getIn, setIn } from "./set-in";
import { TargetList } from "./target-list";
import { useDraft } from "./use-draft";
import { WordList } from "./word-list";

const textOf = (document: unknown) => JSON.stringify(document, null, 2);

/**
 * One document, edited. What it would do is asked while one types; when somebody else was quicker, both edits are shown and
 * a person decides. It becomes a change request: nothing is saved from here.
 */
export function PolicyEditor({
  policyRef,
  loaded,
  effectivePath,
}: {
  policyRef: PolicyRef;
  /** What was in force when the document was opened. */
  loaded: PolicyDocument;
  effectivePath: string | null;
}) {
  const { kind, scope } = policyRef;
  const [base, setBase] = useState({ version: loaded.current?.version ?? 0, text: textOf(loaded.document) });
  const [text, setText] = useState(base.text);
  const [jumpTo, setJumpTo] = useState<{ line: number } | null>(null);
  const problemsId = useId();
  const router = useRouter();
  const effective = useApi<EffectivePolicy>(effectivePath);
  const { document, problems, preview, current, dirty } = useDraft(policyRef, text, base.version, base.text);
  useUnsavedGuard(dirty);

  const met = preview.data?.moved ?? null;
  const moved = dirty && met && met.current.version > base.version ? met : null;
  const broken = problems.some(({ severity }) => severity === "error");
  const take = (taken: Record<string, unknown>) => {
    if (!moved) return;
    setBase(({ text: kept }) => ({ version: moved.current.version, text: kept }));
    setText(textOf(taken));
  };
  const set = (path: QuickControl["path"], value: unknown) => document && setText(textOf(setIn(document, path, value)));

  const draft = () => {
    carryDraft({ edits: [{ ref: policyRef, baseVersion: base.version, baseText: base.text, text }] });
    router.push("/changes/new");
  };

  return (
    <div className="flex min-w-0 flex-col gap-5">
      {moved ? <MovedNotice moved={moved} onTake={take} /> : null}
      <section aria-label="Common values">
        <h3 className="mb-2 text-[13px] font-semibold">Common values</h3>
        <QuickPanel
          groups={quickGroups(kind, effective.data?.effective ?? {}, document ?? {})}
          document={document ?? {}}
          effective={getIn(effective.data?.effective, [kind])}
          onSet={set}
        />
      </section>
      <div className="grid min-w-0 items-start gap-5 xl:grid-cols-2">
        <section aria-label="Document" className="flex min-w-0 flex-col gap-2">
          <h3 className="text-[13px] font-semibold">
            {scope.level === "global" ? `What is said of ${kind} everywhere` : `What ${titleOf(scope)} says of ${kind}`}
          </h3>
          <JsonField
            label={`${ofScope(kind, scope)} as JSON`}
            describedBy={problemsId}
            value={text}
            onChange={setText}
            marks={problems}
            jumpTo={jumpTo}
          />
          <div id={problemsId} aria-live="polite">
            <ProblemList problems={problems} onGo={(line) => setJumpTo({ line })} />
          </div>
          <p className="text-xs text-muted-foreground">
            A key that is left out is inherited; null unsets what a broader scope says; {"{}"} says nothing.
          </p>
        </section>
        <section aria-label="What saving would do" className="flex min-w-0 flex-col gap-4">
          {preview.data ? (
            <>
              <div>
                <h3 className="mb-1.5 flex items-center gap-2 text-[13px] font-semibold">
                  What changes
                  <StaleAge query={preview} />
                </h3>
                <p className="sr-only" role="status">
                  {current && dirty ? `${preview.data.changes.length} changes. ${summaryOf(preview.data.targets)}` : ""}
                </p>
                {preview.data.changes.length === 0 ? (
                  <p className="text-[13px] text-muted-foreground">
                    Nothing against {base.version === 0 ? "saying nothing" : `version ${base.version}`}.
                  </p>
                ) : (
                  <WordList sentences={preview.data.changes} />
                )}
              </div>
              <div>
                <h3 className="mb-1.5 text-[13px] font-semibold">What each target would receive</h3>
                <TargetList targets={preview.data.targets} payloads={preview.data.payloads} />
              </div>
            </>
          ) : preview.error ? (
            <ErrorState error={preview.error} onRetry={() => void preview.refetch()} title="The preview failed" />
          ) : broken ? (
            <p className="text-[13px] text-muted-foreground">What saving would do is shown once the document can be read.</p>
          ) : (
            <Skeleton className="h-40 w-full" />
          )}
        </section>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-2 border-t pt-4">
        <p className="mr-auto text-[13px] text-muted-foreground">
          Somebody else approves it, and it is rolled out in steps that can be taken back.
        </p>
        <Button variant="ghost" disabled={!dirty} onClick={() => setText(base.text)}>
          <Undo2 aria-hidden /> Undo edits
        </Button>
        <Button disabled={!dirty || broken || moved !== null || !document} onClick={draft}>
          <GitPullRequestArrow aria-hidden /> Draft a change
        </Button>
      </div>
    </div>
  );
}

/** Closing the tab with unsaved edits asks first. */
function useUnsavedGuard(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
}

function summaryOf(targets: PolicyPreview["targets"]): string {
  const count = (outcome: string) => targets.filter((target) => target.outcome === outcome).length;
  const [changed, refused] = [count("changed"), count("refused")];
  const parts = [
    changed > 0 ? `${changed} ${changed === 1 ? "target gets" : "targets get"} it` : "",
    refused > 0 ? `${refused} ${refused === 1 ? "keeps" : "keep"} what ${refused === 1 ? "it runs" : "they run"}` : "",
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join(", ")}.` : "No target changes.";
}
