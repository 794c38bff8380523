"use client";
import type { FormEvent, ReactNode } from "react";
import { toast } from "sonner";
import type { ApiError } from "@/components/query";
import { useSave, type SaveRequest } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";

/** A dialog that says one thing to the API. What is refused is said inside it, and nothing that was typed is lost. */
export function FormDialog({
  title,
  description,
  action,
  done,
  refreshes,
  request,
  onClose,
  children,
}: {
  title: string;
  description: string;
  /** The button, a verb. */
  action: string;
  /** Said when it worked. */
  done: string;
  refreshes: string;
  request: () => SaveRequest;
  onClose: () => void;
  children: ReactNode;
}) {
  const save = useSave(refreshes, "/api/v1/advisor/playbooks");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(request(), {
      onSuccess: () => {
        toast.success(done);
        onClose();
      },
    });
  };
  return (
    <Dialog open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <DialogContent>
        <form onSubmit={submit} className="contents" noValidate>
          <DialogHeader>
            <DialogTitle>{title}</DialogTitle>
            <DialogDescription>{description}</DialogDescription>
          </DialogHeader>
          {children}
          {save.error ? <Refusal error={save.error} /> : null}
          <DialogFooter>
            <Button type="button" variant="outline" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={save.isPending}>
              {action}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function Refusal({ error }: { error: ApiError }) {
  return (
    <p role="alert" className="text-[13px] text-destructive">
      {error.message}
    </p>
  );
}
