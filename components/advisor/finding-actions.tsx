"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { useWorkspace } from "@/components/layout/workspace";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import type { FindingAction, FindingView } from "@/lib/advisor/findings/schemas";
import { FINDINGS_PATH } from "./use-findings";

/** What the reader may do with it now. Viewers look. */
export function FindingActions({ finding }: { finding: FindingView }) {
  const { user } = useWorkspace();
  const router = useRouter();
  const save = useSave<FindingView>("/api/v1/advisor", "/api/v1/changes");
  const [dismissing, setDismissing] = useState(false);
  if (user.role === "viewer") return null;
  const act = (body: FindingAction, done?: (after: FindingView) => void) =>
    save.mutate(
      { method: "POST", path: `${FINDINGS_PATH}/${finding.id}`, body },
      { onSuccess: (after) => done?.(after), onError: (error) => void toast.error(error.message) },
    );
  const draft = () => act({ action: "draft" }, (after) => after.change && router.push(`/changes/${after.change.id}`));
  const { state, remedy } = finding;
  return (
    <div className="flex flex-wrap gap-2">
      {state === "open" ? (
        <>
          <Button size="sm" variant="ghost" onClick={() => setDismissing(true)}>
            Dismiss
          </Button>
          {remedy.kind === "change" ? (
            <Button size="sm" onClick={draft} disabled={save.isPending}>
              Draft change
            </Button>
          ) : (
            <Button
              size="sm"
              variant="outline"
              disabled={save.isPending}
              onClick={() => act({ action: "start" }, () => void toast.success("In work: the next run says whether it is gone."))}
            >
              Begin work
            </Button>
          )}
        </>
      ) : null}
      {state === "dismissed" || (state === "in_change" && !finding.change) ? (
        <Button size="sm" variant="outline" disabled={save.isPending} onClick={() => act({ action: "reopen" })}>
          Take up again
        </Button>
      ) : null}
      {dismissing ? (
        <DismissDialog
          title={finding.title}
          busy={save.isPending}
          onClose={() => setDismissing(false)}
          onDismiss={(reason, until) => act({ action: "dismiss", reason, until }, () => setDismissing(false))}
        />
      ) : null}
    </div>
  );
}

function DismissDialog({
  title,
  busy,
  onClose,
  onDismiss,
}: {
  title: string;
  busy: boolean;
  onClose: () => void;
  onDismiss: (reason: string, until: string | null) => void;
}) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>Dismiss this finding?</DialogTitle>
          <DialogDescription>{title}</DialogDescription>
        </DialogHeader>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            onDismiss(reason, until === "" ? null : `${until}T00:00:00Z`);
          }}
        >
          <Field label="Why" hint="Whoever finds it again reads this.">
            {(control) => (
              <Textarea {...control} required minLength={3} value={reason} onChange={(event) => setReason(event.target.value)} />
            )}
          </Field>
          <Field label="Until" hint="It comes back on this day. Empty: never.">
            {(control) => <Input {...control} type="date" value={until} onChange={(event) => setUntil(event.target.value)} />}
          </Field>
          <DialogFooter>
            <Button type="button" variant="outline" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={busy || reason.trim().length < 3}>
              Dismiss
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
