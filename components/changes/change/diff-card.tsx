"use client";
import { useQuery } from "@tanstack/react-query";
import { callApi, useApi, type ApiError } from "@/components/query";
import { JsonDiff } from "@/components/policies/editor/json-diff";
import { WordList } from "@/components/policies/editor/word-list";
import { ofScope } from "@/components/policies/scope-badge";
import { searchOf } from "@/components/policies/use-place";
import { Skeleton } from "@/components/ui/skeleton";
import { editsOf } from "@/lib/changes/describe/policy-edits";
import type { ChangeContent } from "@/lib/changes/request/content-hash";
import type { ChangeView, PolicyEdit } from "@/lib/changes/schemas";
import type { PolicyDocument, PolicyPreview } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { SideCard } from "./side-card";

/** Meaning first, JSON second, three ways when what it was drafted on has moved. */
export function DiffCard({ change }: { change: ChangeView }) {
  const edits = editsOf(change.content as unknown as ChangeContent);
  return (
    <SideCard title="What changes">
      {change.preview.diff.length === 0 ? (
        <p className="text-[13px] text-muted-foreground">Nothing against what is in force.</p>
      ) : (
        <WordList sentences={change.preview.diff} />
      )}
      {edits.map((edit) => (
        <EditDiff key={searchOf(edit as PolicyRef)} edit={edit} stale={change.flags.stale} />
      ))}
    </SideCard>
  );
}

function EditDiff({ edit, stale }: { edit: PolicyEdit; stale: boolean }) {
  const ref = { kind: edit.kind, scope: edit.scope } as PolicyRef;
  const name = ofScope(ref.kind, ref.scope);
  return (
    <div className="flex flex-col gap-2">
      {stale ? <ThreeWay edit={edit} name={name} /> : null}
      <details>
        <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">
          JSON of {name}, {edit.baseVersion === 0 ? "new" : `from version ${edit.baseVersion}`}
        </summary>
        <BaseDiff edit={edit} policyRef={ref} name={name} />
      </details>
    </div>
  );
}

function BaseDiff({ edit, policyRef, name }: { edit: PolicyEdit; policyRef: PolicyRef; name: string }) {
  const base = useApi<PolicyDocument>(
    edit.baseVersion === 0 ? null : `/api/v1/policies/document?${searchOf(policyRef)}&version=${edit.baseVersion}`,
  );
  if (edit.baseVersion > 0 && !base.data) {
    return base.error ? (
      <p className="text-[13px] text-muted-foreground">The version that was edited cannot be shown: {base.error.message}</p>
    ) : (
      <Skeleton className="h-24 w-full" />
    );
  }
  return <JsonDiff from={base.data?.document ?? {}} to={edit.document} label={`Difference of ${name}`} />;
}

/** What this change and the version that came in between both did to one policy. */
function ThreeWay({ edit, name }: { edit: PolicyEdit; name: string }) {
  const body = { kind: edit.kind, scope: edit.scope, document: edit.document, baseVersion: edit.baseVersion };
  const preview = useQuery<PolicyPreview, ApiError>({
    queryKey: ["api", "/api/v1/policies/preview", body],
    queryFn: ({ signal }) =>
      callApi<PolicyPreview>("/api/v1/policies/preview", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal,
      }),
  });
  const moved = preview.data?.moved;
  if (!moved) return null;
  return (
    <div className="flex flex-col gap-2 rounded-md border border-warning/40 bg-warning-muted px-3 py-2 text-[13px]">
      <p className="font-medium">
        {name} moved to version {moved.current.version} since: “{moved.current.message}”, {moved.current.author.name}.
      </p>
      {(
        [
          ["This change", moved.yours],
          ["Since then", moved.theirs],
        ] as const
      ).map(([title, sentences]) => (
        <div key={title}>
          <h4 className="text-xs text-muted-foreground">{title}</h4>
          <ul className="list-disc pl-4 break-words">
            {sentences.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      ))}
      {moved.conflicts.length > 0 ? (
        <table className="w-full text-left text-xs">
          <caption className="pb-1 text-left font-medium">Both changed</caption>
          <thead>
            <tr className="border-b text-muted-foreground">
              {["Value", "Before", "This change", "In force"].map((head) => (
                <th key={head} scope="col" className="py-1 pr-2 font-medium">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {moved.conflicts.map(({ path, base, yours, theirs }) => (
              <tr key={path} className="border-b align-top last:border-0">
                <th scope="row" className="py-1 pr-2 font-mono font-normal break-all">
                  {path}
                </th>
                {[base, yours, theirs].map((value, index) => (
                  // Always the same three.
                  // oxlint-disable-next-line react/no-array-index-key
                  <td key={index} className="py-1 pr-2 font-mono break-all">
                    {value === undefined ? "—" : JSON.stringify(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p>The two fit together: edit it and take both.</p>
      )}
    </div>
  );
}
