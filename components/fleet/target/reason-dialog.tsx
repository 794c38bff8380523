"use client";
import { AlertDialog } from "radix-ui";
import { useState, type ReactNode } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { DialogFooter } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";

/** As the API has it. */
const LEAST_CHARACTERS = 3;

export interface ReasonDialogProps {
  trigger: ReactNode;
  title: string;
  /** What will happen, and what will not come back. */
  consequence: ReactNode;
  confirm: string;
  variant: "destructive" | "default";
  onConfirm: (reason: string) => Promise<void>;
}

/** A question before something grave, answered with a reason for the audit log. Stays open with what failed. */
export function ReasonDialog({ trigger, title, consequence, confirm, variant, onConfirm }: ReasonDialogProps) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  async function go() {
    if (reason.trim().length < LEAST_CHARACTERS) return setRefusal("Say why, in a few words.");
    setBusy(true);
    try {
      await onConfirm(reason.trim());
      setOpen(false);
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setReason("");
        setRefusal(undefined);
      }}
    >
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 bg-black/45" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100%-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-lg border bg-popover p-5 text-popover-foreground shadow-pop">
          <form
            className="grid gap-4"
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              void go();
            }}
          >
            <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
            <AlertDialog.Description className="text-sm text-muted-foreground">{consequence}</AlertDialog.Description>
            <Field label="Why" hint="Kept in the audit log and shown on this page." {...(refusal ? { error: refusal } : {})}>
              {(control) => (
                <Input
                  {...control}
                  autoComplete="off"
                  maxLength={500}
                  value={reason}
                  onChange={(event) => {
                    setReason(event.target.value);
                    setRefusal(undefined);
                  }}
                />
              )}
            </Field>
            <DialogFooter>
              <AlertDialog.Cancel asChild>
                <Button variant="outline">Cancel</Button>
              </AlertDialog.Cancel>
              <Button type="submit" variant={variant} disabled={busy}>
                {confirm}
              </Button>
            </DialogFooter>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
