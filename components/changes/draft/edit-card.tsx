"use client";
import { Trash2, Undo2 } from "lucide-react";
import { useId, useState } from "react";
import { JsonField } from "@/components/policies/editor/json-field";
import { MovedNotice } from "@/components/policies/editor/moved-notice";
import { ProblemList } from "@/components/policies/editor/problem-list";
import { quickGroups } from "@/components/policies/editor/quick-controls";
import { QuickPanel } from "@/components/policies/editor/quick-panel";
import { getIn, setIn } from "@/components/policies/editor/set-in";
import { useDraft } from "@/components/policies/editor/use-draft";
import { ofScope } from "@/components/policies/scope-badge";
import { useApi } from "@/components/query";
import { Button } from "@/components/ui/button";
import type { EffectivePolicy } from "@/lib/policies/store";
import { textOf, type EditDraft } from "./draft-state";
import { effectivePathOf } from "./use-place-documents";

/** One policy of the change: its common values, its JSON, what is wrong with it, and what came in between. */
export function EditCard({
  edit,
  onChange,
  onRemove,
}: {
  edit: EditDraft;
  onChange: (edit: EditDraft) => void;
  onRemove: () => void;
}) {
  const { ref, baseVersion, baseText, text } = edit;
  const name = ofScope(ref.kind, ref.scope);
  const problemsId = useId();
  const [jumpTo, setJumpTo] = useState<{ line: number } | null>(null);
  const effective = useApi<EffectivePolicy>(effectivePathOf(ref.scope));
  const { document, problems, preview } = useDraft(ref, text, baseVersion, baseText);
  const set = (next: string) => onChange({ ...edit, text: next });
  const met = preview.data?.moved ?? null;
  const moved = met && met.current.version > baseVersion ? met : null;
  return (
    <section aria-label={name} className="flex min-w-0 flex-col gap-4 rounded-md border p-3">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="text-[13px] font-semibold first-letter:uppercase">{name}</h3>
        <span className="text-xs text-muted-foreground">{baseVersion === 0 ? "new" : `on version ${baseVersion}`}</span>
        <span className="ml-auto flex gap-1">
          <Button size="sm" variant="ghost" disabled={text === baseText} onClick={() => set(baseText)}>
            <Undo2 aria-hidden /> Undo
          </Button>
          <Button size="sm" variant="ghost" aria-label={`Take ${name} out of the change`} onClick={onRemove}>
            <Trash2 aria-hidden /> Remove
          </Button>
        </span>
      </div>
      {moved ? (
        <MovedNotice
          moved={moved}
          onTake={(taken) => onChange({ ...edit, baseVersion: moved.current.version, text: textOf(taken) })}
        />
      ) : null}
      <QuickPanel
        groups={quickGroups(ref.kind, effective.data?.effective ?? {}, document ?? {})}
        document={document ?? {}}
        effective={getIn(effective.data?.effective, [ref.kind])}
        onSet={(path, value) => document && set(textOf(setIn(document, path, value)))}
      />
      <div className="flex flex-col gap-2">
        <JsonField
          label={`${name} as JSON`}
          describedBy={problemsId}
          value={text}
          onChange={set}
          marks={problems}
          jumpTo={jumpTo}
        />
        <div id={problemsId} aria-live="polite">
          <ProblemList problems={problems} onGo={(line) => setJumpTo({ line })} />
        </div>
      </div>
    </section>
  );
}
