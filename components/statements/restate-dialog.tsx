"use client";
import { useState, type FormEvent } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";

/** Why a locked statement is stated again. */
export function RestateDialog({ onRestate }: { onRestate: (reason: string) => Promise<unknown> }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void onRestate(reason.trim()).then(
      () => setOpen(false),
      () => undefined,
    );
  };
  return (
    <>
      <Button size="sm" variant="outline" onClick={() => setOpen(true)}>
        Restate
      </Button>
      <Dialog open={open} onOpenChange={setOpen}>
        <DialogContent>
          <form onSubmit={onSubmit} className="contents">
            <DialogHeader>
              <DialogTitle>Restate the statement</DialogTitle>
              <DialogDescription>
                Every difference becomes a correction under the locked lines. The locked revision stays until this one is locked.
              </DialogDescription>
            </DialogHeader>
            <Field label="Reason" hint="It is printed on the statement.">
              {(control) => <Input {...control} value={reason} required onChange={(event) => setReason(event.target.value)} />}
            </Field>
            <DialogFooter>
              <Button type="submit" disabled={reason.trim() === ""}>
                Draw up the restatement
              </Button>
            </DialogFooter>
          </form>
        </DialogContent>
      </Dialog>
    </>
  );
}
