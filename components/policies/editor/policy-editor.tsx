"use client";
import { useQueryClient, type Query } from "@tanstack/react-query";
import { Save, Undo2 } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { useApi, type ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { ErrorState, StaleAge } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { notify } from "@/components/ui/notify";
import { Skeleton } from "@/components/ui/skeleton";
import type { EffectivePolicy, PolicyDocument, SavedPolicy } from "@/lib/policies/store";
import type { MovedBase, PolicyRef } from "@/lib/policies/store/schemas";
import { ofScope, titleOf } from "../scope-badge";
import { JsonField } from "./json-field";
import { MovedNotice } from "./moved-notice";
import { quickGroups, type QuickControl } from "./quick-controls";
import { QuickPanel } from "./quick-panel";
import { getIn, setIn } from "./set-in";
import { TargetList } from "./target-list";
import { useDraft, type PlacedProblem } from "./use-draft";
import { WordList } from "./word-list";

const isPolicies = ({ queryKey: [, path] }: Query) => String(path).startsWith("/api/v1/policies");
const textOf = (document: unknown) => JSON.stringify(document, null, 2);

/**
 * One document, edited. What it would do is asked while one types; it is saved on the version that was edited, and when
 * somebody else was quicker, both edits are shown and a person decides.
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
  const [message, setMessage] = useState("");
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const [jumpTo, setJumpTo] = useState<{ line: number } | null>(null);
  const problemsId = useId();
  const client = useQueryClient();
  const save = useSave<SavedPolicy>("/api/v1/policies");
  const effective = useApi<EffectivePolicy>(effectivePath);
  const { document, problems, preview, current, dirty } = useDraft(policyRef, text, base.version, base.text);
  useUnsavedGuard(dirty);

  const movedAtSave = refusal?.problem && "moved" in refusal.problem ? (refusal.problem["moved"] as MovedBase) : null;
  const met = movedAtSave ?? preview.data?.moved ?? null;
  const moved = dirty && met && met.current.version > base.version ? met : null;
  const broken = problems.some(({ severity }) => severity === "error");
  const edit = (next: string) => {
    setText(next);
    setRefusal(null);
  };
  const take = (taken: Record<string, unknown>) => {
    if (!moved) return;
    setBase(({ text: kept }) => ({ version: moved.current.version, text: kept }));
    edit(textOf(taken));
  };
  const set = (path: QuickControl["path"], value: unknown) => document && edit(textOf(setIn(document, path, value)));

  async function submit() {
    if (!document) return;
    setRefusal(null);
    await save.mutateAsync(
      { method: "POST", path: "/api/v1/policies", body: { ...policyRef, document, baseVersion: base.version, message } },
      {
        onSuccess: (saved) => {
          setBase({ version: saved.version.version, text });
          setMessage("");
          void notify("success", savedWords(saved));
        },
        onError: (error) => {
          setRefusal(error);
          // Somebody was quicker: the rest of the page shows what they saved.
          if (error.code === "conflict") void client.invalidateQueries({ predicate: isPolicies });
        },
      },
    );
  }

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
            onChange={edit}
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
      {refusal && !movedAtSave ? (
        <p role="alert" className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px] break-words">
          {refusal.message}
          {refusal.requestId ? (
            <span className="mt-0.5 block text-xs">
              Request <code className="font-mono">{refusal.requestId}</code>
            </span>
          ) : null}
        </p>
      ) : null}
      <form
        className="flex flex-col gap-3 border-t pt-4 sm:flex-row sm:items-end"
        onSubmit={(event) => {
          event.preventDefault();
          void submit().catch(() => undefined);
        }}
      >
        <Field label="Why" hint="Kept with the version, for whoever reads the history." className="flex-1">
          {(control) => (
            <Input
              {...control}
              required
              minLength={3}
              maxLength={500}
              placeholder="e.g. Cap answers of acme, they only need a sentence"
              value={message}
              onChange={(event) => setMessage(event.target.value)}
            />
          )}
        </Field>
        <div className="flex gap-2 sm:pb-5.5">
          <Button type="button" variant="ghost" disabled={!dirty} onClick={() => edit(base.text)}>
            <Undo2 aria-hidden /> Undo edits
          </Button>
          <Button
            type="submit"
            disabled={!dirty || broken || moved !== null || message.trim().length < 3 || save.isPending || !document}
          >
            <Save aria-hidden /> {save.isPending ? "Saving…" : "Save and publish"}
          </Button>
        </div>
      </form>
    </div>
  );
}

function ProblemList({ problems, onGo }: { problems: readonly PlacedProblem[]; onGo: (line: number) => void }) {
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

/** Closing the tab with unsaved edits asks first. */
function useUnsavedGuard(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
}

function summaryOf(targets: SavedPolicy["targets"]): string {
  const count = (outcome: string) => targets.filter((target) => target.outcome === outcome).length;
  const [changed, refused] = [count("changed"), count("refused")];
  const parts = [
    changed > 0 ? `${changed} ${changed === 1 ? "target gets" : "targets get"} it` : "",
    refused > 0 ? `${refused} ${refused === 1 ? "keeps" : "keep"} what ${refused === 1 ? "it runs" : "they run"}` : "",
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join(", ")}.` : "No target changes.";
}

const savedWords = (saved: SavedPolicy) =>
  saved.unchanged
    ? `Version ${saved.version.version} says this already: nothing was saved.`
    : `Saved version ${saved.version.version}. ${summaryOf(saved.targets)}`;
