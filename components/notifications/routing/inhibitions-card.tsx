"use client";
import { Plus } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { inhibitionSchema, type Inhibition, type RoutingView } from "@/lib/notifications/routing/schemas";
import { EditDialog, EditForm } from "../edit-dialog";
import { EMPTY_MATCHER, MatcherFields } from "../matcher-fields";
import { NamesField } from "../names-field";
import { useDraft } from "../use-draft";
import { useRoutingEditor } from "./use-routing";
import { wordInhibition } from "./word-route";

const FRESH: Inhibition = {
  source: [{ ...EMPTY_MATCHER, label: "severity", values: ["critical"] }],
  target: [{ ...EMPTY_MATCHER, label: "severity", values: ["warning"] }],
  equal: ["tenant"],
};

/** What is not worth telling while something bigger is known. */
export function InhibitionsCard({ view }: { view: RoutingView }) {
  const { document, busy, store, change } = useRoutingEditor(view);
  const { inhibitions } = document;
  return (
    <Card role="region" aria-label="Inhibition">
      <CardHeader>
        <CardTitle>Inhibition</CardTitle>
        <CardDescription>
          What is not told while something bigger is open. It is told when that ends, if it is still open itself.
        </CardDescription>
        <CardAction>
          <EditDialog
            trigger={
              <Button size="sm" variant="outline" disabled={busy}>
                <Plus aria-hidden /> Inhibition
              </Button>
            }
          >
            {(close) => (
              <InhibitionForm
                initial={FRESH}
                title="Add an inhibition"
                submit="Add inhibition"
                onSave={(one) => store({ ...document, inhibitions: [...inhibitions, one] })}
                onDone={close}
              />
            )}
          </EditDialog>
        </CardAction>
      </CardHeader>
      <CardContent>
        {inhibitions.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">There is none: everything is told.</p>
        ) : null}
        <ul className="flex flex-col gap-2" aria-label="Inhibitions">
          {inhibitions.map((inhibition, at) => (
            <li key={at} className="flex flex-wrap items-start justify-between gap-2 rounded-md border p-3">
              <p className="min-w-0 flex-1 text-[13px] break-words">{wordInhibition(inhibition)}</p>
              <div className="flex gap-1.5">
                <EditDialog
                  trigger={
                    <Button size="sm" variant="outline" disabled={busy} aria-label={`Edit inhibition ${at + 1}`}>
                      Edit
                    </Button>
                  }
                >
                  {(close) => (
                    <InhibitionForm
                      initial={inhibition}
                      title={`Edit inhibition ${at + 1}`}
                      submit="Save inhibition"
                      onSave={(changed) => store({ ...document, inhibitions: inhibitions.with(at, changed) })}
                      onDone={close}
                    />
                  )}
                </EditDialog>
                <Button
                  size="sm"
                  variant="outline"
                  disabled={busy}
                  aria-label={`Remove inhibition ${at + 1}`}
                  onClick={() => change({ ...document, inhibitions: inhibitions.toSpliced(at, 1) })}
                >
                  Remove
                </Button>
              </div>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function InhibitionForm({
  initial,
  title,
  submit,
  onSave,
  onDone,
}: {
  initial: Inhibition;
  title: string;
  submit: string;
  onSave: (inhibition: Inhibition) => Promise<unknown>;
  onDone: () => void;
}) {
  const { draft, errors, change, submit: send } = useDraft(inhibitionSchema, initial);
  return (
    <EditForm
      title={title}
      description="Both are incidents: one that is open keeps the other quiet."
      submit={submit}
      onSubmit={() => send(onSave)}
      onDone={onDone}
    >
      <MatcherFields
        legend="While this is open"
        field="source"
        value={draft.source}
        errors={errors}
        onChange={(source) => change({ source })}
      />
      <MatcherFields
        legend="This is not told"
        field="target"
        value={draft.target}
        errors={errors}
        onChange={(target) => change({ target })}
      />
      <NamesField
        label="When both have the same"
        hint="Labels, separated by commas. Empty: whatever their labels are."
        error={Object.entries(errors).find(([path]) => path.startsWith("equal"))?.[1]}
        value={draft.equal}
        onChange={(equal) => change({ equal })}
      />
    </EditForm>
  );
}
