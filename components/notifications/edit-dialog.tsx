"use client";
import { useState, type FormEvent, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";

/** A form in a dialog, fresh each time it is opened. */
export function EditDialog({
  trigger,
  className = "max-w-2xl",
  children,
}: {
  trigger: ReactNode;
  className?: string;
  children: (close: () => void) => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent className={className}>{children(() => setOpen(false))}</DialogContent>
    </Dialog>
  );
}

interface EditFormProps {
  title: string;
  description: string;
  submit: string;
  /** Null: a field is wrong, and says so itself. What the server refuses is said above the button. */
  onSubmit: () => Promise<unknown> | null;
  onDone: () => void;
  children: ReactNode;
}

export function EditForm({ title, description, submit, onSubmit, onDone, children }: EditFormProps) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const handle = (event: FormEvent) => {
    event.preventDefault();
    setRefusal(undefined);
    const saving = onSubmit();
    if (saving === null) return;
    setBusy(true);
    void saving
      .then(onDone, (error: unknown) => setRefusal(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={handle} className="contents" noValidate aria-label={title}>
      <DialogHeader>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{description}</DialogDescription>
      </DialogHeader>
      {children}
      {refusal ? (
        <p role="alert" className="text-xs text-destructive">
          {refusal}
        </p>
      ) : null}
      <DialogFooter>
        <Button type="submit" disabled={busy}>
          {submit}
        </Button>
      </DialogFooter>
    </form>
  );
}
