"use client";
import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { parseAsString, useQueryStates } from "nuqs";
import { useEffect, useState } from "react";
import { Page } from "@/components/layout/page";
import { DraftEstimate } from "@/components/ledger/draft-estimate";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi, type ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { EmptyState, ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { notify } from "@/components/ui/notify";
import { Skeleton } from "@/components/ui/skeleton";
import { Textarea } from "@/components/ui/textarea";
import { usualPlan } from "@/lib/changes/rollout/plan";
import type { ChangeView } from "@/lib/changes/schemas";
import { CHANGE_TEMPLATES } from "@/lib/changes/templates";
import type { PolicyList } from "@/lib/policies/store";
import { SideCard } from "../change/side-card";
import { CHANGES_PATH } from "../use-changes";
import { AddEdit } from "./add-edit";
import { carriedDraft, dropCarried } from "./carry-draft";
import { draftOf } from "./draft-of";
import { fieldProblems, keyOf, readEdits, toChangeDraft, withEdit, type DraftState, type EditDraft } from "./draft-state";
import { EditCard } from "./edit-card";
import { GuardrailsForm } from "./guardrails-form";
import { PlanForm } from "./plan-form";
import { PreviewPanel } from "./preview-panel";
import { ScheduleForm } from "./schedule-form";
import { TemplateForm, TemplateGallery } from "./template-card";
import { useBases } from "./use-bases";
import { useChangePreview } from "./use-change-preview";

/** `?template=fp8` begins with one; `?change=` edits a draft; `?clone=` begins with what another one says. */
const parsers = { template: parseAsString, change: parseAsString, clone: parseAsString };

export function NewChangePage() {
  const { user } = useWorkspace();
  const [search, setSearch] = useQueryStates(parsers, { history: "push" });
  const from = search.change ?? search.clone;
  const source = useApi<ChangeView>(from === null ? null : `${CHANGES_PATH}/${encodeURIComponent(from)}`);
  const list = useApi<PolicyList>("/api/v1/policies");
  const bases = useBases(from === null ? undefined : source.data);
  const frame = { title: search.change ? "Edit change" : "New change" };
  if (user.role === "viewer") {
    return (
      <Page {...frame}>
        <EmptyState
          title="Analysts and leads propose changes"
          why="You see what was proposed and what became of it."
          action={{ label: "To the changes", href: "/changes" }}
        />
      </Page>
    );
  }
  const error = list.error ?? (from === null ? null : (source.error ?? bases.error));
  const ready = list.data && (from === null || (source.data && bases.data));
  if (!ready) {
    return (
      <Page {...frame}>
        {error ? (
          <ErrorState error={error} onRetry={() => void Promise.all([list.refetch(), source.refetch()])} />
        ) : (
          <>
            <span className="sr-only" role="status">
              Loading
            </span>
            <Skeleton className="h-96 w-full" />
          </>
        )}
      </Page>
    );
  }
  return (
    <Form
      key={from ?? "new"}
      list={list.data!}
      source={from === null ? null : source.data!}
      edits={search.change !== null}
      first={from === null ? null : draftOf(source.data!, bases.data!)}
      templateId={search.template}
      onTemplate={(template) => void setSearch({ template })}
    />
  );
}

function Form({
  list,
  source,
  edits: editing,
  first,
  templateId,
  onTemplate,
}: {
  list: PolicyList;
  source: ChangeView | null;
  /** The source itself is edited, not cloned. */
  edits: boolean;
  first: DraftState | null;
  templateId: string | null;
  onTemplate: (id: string | null) => void;
}) {
  const router = useRouter();
  const { timeZone } = useWorkspace();
  const [draft, setDraft] = useState<DraftState>(() => first ?? carriedDraft());
  const [adding, setAdding] = useState(false);
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  // What somebody saved meanwhile is not written over: the version that was opened is sent along.
  const [opened] = useState(source?.contentHash);
  const save = useSave<{ id: string }>(CHANGES_PATH);
  useEffect(dropCarried, []);

  const set = (over: Partial<DraftState>) => {
    setDraft((before) => ({ ...before, ...over }));
    setRefusal(null);
  };
  const read = readEdits(draft.edits);
  const empty = draft.edits.length === 0;
  const changeId = editing && source ? source.id : undefined;
  const problems = fieldProblems(draft);
  const sound = !Object.keys(problems).some((path) => path.startsWith("plan") || path.startsWith("guardrails"));
  const asked =
    read !== null && !empty && sound ? { ...toChangeDraft(draft, read), title: draft.title.slice(0, 200), changeId } : null;
  const { query, current } = useChangePreview(asked);
  const shown = tried
    ? problems
    : Object.fromEntries(Object.entries(problems).filter(([path]) => path.includes(".") || path === "guardrails"));
  const refused = refusal?.problem?.field;
  const errorOf = (field: string) => (refused === field ? refusal!.message.replace(`${field}: `, "") : shown[field]);
  const template = CHANGE_TEMPLATES.find(({ id }) => id === templateId);
  const replaceEdit = (edit: EditDraft) =>
    set({ edits: draft.edits.map((one) => (keyOf(one.ref) === keyOf(edit.ref) ? edit : one)) });
  const plan =
    draft.plan ?? query.data?.plan ?? usualPlan(draft.edits.some(({ ref }) => ref.kind === "engine") ? "nodes" : "traffic");

  async function submit() {
    setTried(true);
    setRefusal(null);
    if (Object.keys(problems).length > 0 || read === null || empty) return;
    const body = toChangeDraft(draft, read);
    await save.mutateAsync(
      changeId
        ? { method: "PUT", path: `${CHANGES_PATH}/${changeId}`, body: { ...body, contentHash: opened } }
        : { method: "POST", path: CHANGES_PATH, body },
      {
        onSuccess: (saved) => {
          void notify("success", changeId ? "Saved. Every approval of the earlier version is void." : "Saved as a draft.");
          router.push(`/changes/${changeId ?? saved.id}`);
        },
        onError: setRefusal,
      },
    );
  }

  return (
    <Page
      title={editing && source ? `Edit change #${source.number}` : "New change"}
      description={
        editing && source && source.status !== "draft"
          ? "Saving makes it a draft again and voids every approval of it."
          : "A draft, until you submit it for review. Nothing reaches a target before somebody else has approved it."
      }
    >
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="flex min-w-0 flex-col gap-4">
          {template ? (
            <TemplateForm
              key={template.id}
              template={template}
              list={list}
              onBack={() => onTemplate(null)}
              onTake={(taken) => {
                set({
                  title: draft.title || taken.title,
                  rationale: draft.rationale || taken.rationale,
                  edits: taken.edits.reduce(withEdit, draft.edits),
                });
                onTemplate(null);
              }}
            />
          ) : empty && !adding ? (
            <TemplateGallery onChoose={onTemplate} onEmpty={() => setAdding(true)} />
          ) : null}
          {empty && !adding ? null : (
            <SideCard title="What is edited">
              {draft.edits.map((edit) => (
                <EditCard
                  key={keyOf(edit.ref)}
                  edit={edit}
                  onChange={replaceEdit}
                  onRemove={() => set({ edits: draft.edits.filter((one) => keyOf(one.ref) !== keyOf(edit.ref)) })}
                />
              ))}
              {errorOf("edits") ? (
                <p role="alert" className="text-xs text-destructive">
                  {errorOf("edits")}
                </p>
              ) : null}
              {adding ? (
                <AddEdit
                  list={list}
                  onClose={() => setAdding(false)}
                  onAdd={(edit) => {
                    set({ edits: withEdit(draft.edits, edit) });
                    setAdding(false);
                  }}
                />
              ) : (
                <Button size="sm" variant="outline" className="self-start" onClick={() => setAdding(true)}>
                  <Plus aria-hidden /> Edit another policy
                </Button>
              )}
            </SideCard>
          )}
          {empty ? null : (
            <>
              <SideCard title="What and why">
                <Field label="Title" error={errorOf("title")}>
                  {(control) => (
                    <Input
                      {...control}
                      maxLength={200}
                      placeholder="e.g. FP8 weights on pool llama-8b"
                      value={draft.title}
                      onChange={({ target }) => set({ title: target.value })}
                    />
                  )}
                </Field>
                <Field label="Why" hint="Whoever approves it reads this first." error={errorOf("rationale")}>
                  {(control) => (
                    <Textarea
                      {...control}
                      maxLength={10_000}
                      value={draft.rationale}
                      onChange={({ target }) => set({ rationale: target.value })}
                    />
                  )}
                </Field>
              </SideCard>
              <PlanForm plan={plan} usual={draft.plan === null} problems={shown} onChange={(next) => set({ plan: next })} />
              {draft.guardrails || query.data ? (
                <GuardrailsForm
                  guardrails={draft.guardrails ?? query.data?.guardrails ?? []}
                  usual={draft.guardrails === null}
                  problems={shown}
                  onChange={(guardrails) => set({ guardrails })}
                />
              ) : null}
              <ScheduleForm schedule={draft.schedule} timeZone={timeZone} onChange={(schedule) => set({ schedule })} />
            </>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-16">
          {empty ? null : (
            <div className="flex flex-col gap-2 rounded-lg border bg-card p-4 shadow-card">
              <Button size="lg" disabled={save.isPending || read === null} onClick={() => void submit().catch(() => undefined)}>
                {save.isPending ? "Saving…" : editing ? "Save changes" : "Save draft"}
              </Button>
              {tried && Object.keys(problems).length > 0 ? (
                <ul role="alert" className="flex flex-col gap-1 text-[13px] text-destructive">
                  {Object.entries(problems).map(([path, message]) => (
                    <li key={path}>{message}</li>
                  ))}
                </ul>
              ) : null}
              {refusal ? (
                <p role="alert" className="text-[13px] break-words text-destructive">
                  {refusal.message}
                  {refusal.requestId ? (
                    <span className="block text-xs">
                      Request <code className="font-mono">{refusal.requestId}</code>
                    </span>
                  ) : null}
                </p>
              ) : null}
              <p className="text-xs text-muted-foreground">A draft with problems can be saved; it cannot be submitted.</p>
            </div>
          )}
          {asked ? <DraftEstimate edits={asked.edits} /> : null}
          <PreviewPanel query={query} current={current} readable={read !== null && sound} empty={empty} />
        </div>
      </div>
    </Page>
  );
}
