"use client";
import type { UseQueryResult } from "@tanstack/react-query";
import { Plus, Snowflake, Trash2 } from "lucide-react";
import { useState } from "react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
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
import { Input } from "@/components/ui/input";
import { notify } from "@/components/ui/notify";
import type { FreezeView } from "@/lib/changes/schemas";
import { instantOf, localOf } from "./local-time";
import { CHANGES_PATH, FREEZES_PATH, useNow } from "./use-changes";

/** Times in which nothing starts. Admins make and end them; everybody sees them. */
export function FreezesCard({ query, mayEdit }: { query: UseQueryResult<{ freezes: FreezeView[] }, Error>; mayEdit: boolean }) {
  const { timeZone } = useWorkspace();
  const now = useNow(30_000);
  const save = useSave(FREEZES_PATH, CHANGES_PATH);
  return (
    <QueryCard
      title="Freezes"
      description="While one lasts nothing starts and no step begins. Aborting and going back always work."
      query={query}
      height={64}
      isEmpty={() => false}
      actions={mayEdit ? <NewFreeze timeZone={timeZone} /> : null}
    >
      {({ freezes }) =>
        freezes.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">None is planned.</p>
        ) : (
          <ul className="divide-y rounded-md border">
            {freezes.map((freeze) => {
              const [from, to] = [Date.parse(freeze.startsAt), Date.parse(freeze.endsAt)];
              return (
                <li key={freeze.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-[13px]">
                  <Badge variant={from <= now && now < to ? "warning" : "secondary"}>
                    <Snowflake aria-hidden /> {now >= to ? "over" : from <= now ? "in force" : "planned"}
                  </Badge>
                  <span className="min-w-0 flex-1 break-words">{freeze.reason}</span>
                  <span className="text-muted-foreground tabular">
                    {formatInstant(from, timeZone)} – {formatInstant(to, timeZone)}
                  </span>
                  {mayEdit && now < to ? (
                    <ConfirmDialog
                      trigger={
                        <Button size="icon" variant="ghost" aria-label={`Remove the freeze “${freeze.reason}”`}>
                          <Trash2 aria-hidden />
                        </Button>
                      }
                      title="Remove this freeze?"
                      consequence="What was held by it goes on within seconds."
                      confirm="Remove freeze"
                      onConfirm={() =>
                        save
                          .mutateAsync({ method: "DELETE", path: `${FREEZES_PATH}/${freeze.id}` })
                          .catch((error: Error) => notify("error", error.message))
                      }
                    />
                  ) : null}
                </li>
              );
            })}
          </ul>
        )
      }
    </QueryCard>
  );
}

const HOUR = 3_600_000;

function NewFreeze({ timeZone }: { timeZone: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" variant="outline">
          <Plus aria-hidden /> Freeze changes
        </Button>
      </DialogTrigger>
      {open ? <FreezeForm timeZone={timeZone} onDone={() => setOpen(false)} /> : null}
    </Dialog>
  );
}

function FreezeForm({ timeZone, onDone }: { timeZone: string; onDone: () => void }) {
  const [opened] = useState(() => Date.now());
  const [from, setFrom] = useState(localOf(opened, timeZone));
  const [to, setTo] = useState(localOf(opened + 24 * HOUR, timeZone));
  const [reason, setReason] = useState("");
  const save = useSave(FREEZES_PATH, CHANGES_PATH);
  const [startsAt, endsAt] = [instantOf(from, timeZone), instantOf(to, timeZone)];
  const late = startsAt !== null && endsAt !== null && endsAt <= startsAt;
  const field = save.error?.problem?.field;
  return (
    <DialogContent>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (startsAt === null || endsAt === null) return;
          save.mutate(
            {
              method: "POST",
              path: FREEZES_PATH,
              body: { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), reason },
            },
            { onSuccess: onDone },
          );
        }}
      >
        <DialogHeader>
          <DialogTitle>Freeze changes</DialogTitle>
          <DialogDescription>
            Running rollouts stand still before their next step. Times are of the workspace, {timeZone}.
          </DialogDescription>
        </DialogHeader>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="From" error={field === "startsAt" ? save.error?.message : undefined}>
            {(control) => (
              <Input {...control} type="datetime-local" required value={from} onChange={({ target }) => setFrom(target.value)} />
            )}
          </Field>
          <Field label="To" error={late ? "It ends after it begins." : field === "endsAt" ? save.error?.message : undefined}>
            {(control) => (
              <Input {...control} type="datetime-local" required value={to} onChange={({ target }) => setTo(target.value)} />
            )}
          </Field>
        </div>
        <Field label="Why" hint="Shown to whoever is held by it.">
          {(control) => (
            <Input
              {...control}
              required
              minLength={3}
              maxLength={500}
              placeholder="e.g. Year-end close"
              value={reason}
              onChange={({ target }) => setReason(target.value)}
            />
          )}
        </Field>
        {save.error && field !== "startsAt" && field !== "endsAt" ? (
          <p role="alert" className="text-[13px] text-destructive">
            {save.error.message}
          </p>
        ) : null}
        <DialogFooter>
          <Button variant="outline" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" disabled={late || save.isPending || reason.trim().length < 3}>
            Freeze
          </Button>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}
