"use client";
import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { Field } from "@/components/settings/field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardAction, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { mutedBy, putSchedule, removeSchedule } from "@/lib/notifications/routing/edit-routing";
import { muteScheduleSchema, type MuteSchedule, type RoutingView } from "@/lib/notifications/routing/schemas";
import { EditDialog, EditForm } from "../edit-dialog";
import { useDraft } from "../use-draft";
import { useRoutingEditor } from "./use-routing";
import { DAY_LABELS, wordWindows } from "./word-route";

type Window = MuteSchedule["windows"][number];
const NIGHT: Window = { days: [1, 2, 3, 4, 5], from: "22:00", to: "07:00" };

/** Quiet times that routes can name. */
export function SchedulesCard({ view }: { view: RoutingView }) {
  const { document, busy, store, change } = useRoutingEditor(view);
  const { timeZone } = useWorkspace();
  const names = document.schedules.map(({ name }) => name);
  return (
    <Card role="region" aria-label="Mute schedules">
      <CardHeader>
        <CardTitle>Mute schedules</CardTitle>
        <CardDescription>
          Quiet times that routes can name. What comes then waits, and is told afterwards if it is still open.
        </CardDescription>
        <CardAction>
          <EditDialog
            trigger={
              <Button size="sm" variant="outline" disabled={busy}>
                <Plus aria-hidden /> Schedule
              </Button>
            }
          >
            {(close) => (
              <ScheduleForm
                initial={{ name: "", timeZone, windows: [NIGHT], dates: [] }}
                taken={names}
                title="Add a mute schedule"
                submit="Add schedule"
                onSave={(schedule) => store(putSchedule(document, null, schedule))}
                onDone={close}
              />
            )}
          </EditDialog>
        </CardAction>
      </CardHeader>
      <CardContent>
        {names.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">There is none: nothing waits for the morning.</p>
        ) : null}
        <ul className="flex flex-col gap-2" aria-label="Mute schedules">
          {document.schedules.map((schedule) => (
            <li key={schedule.name} className="flex flex-wrap items-start justify-between gap-2 rounded-md border p-3">
              <div className="min-w-0">
                <p className="text-sm font-medium break-words">
                  {schedule.name} {view.mutedNow.includes(schedule.name) ? <Badge variant="warning">Mutes now</Badge> : null}
                </p>
                <p className="text-[13px] break-words text-muted-foreground">
                  {wordWindows(schedule)} ({schedule.timeZone}); {wordRoutes(mutedBy(document, schedule.name))}
                </p>
              </div>
              <div className="flex gap-1.5">
                <EditDialog
                  trigger={
                    <Button size="sm" variant="outline" disabled={busy} aria-label={`Edit schedule ${schedule.name}`}>
                      Edit
                    </Button>
                  }
                >
                  {(close) => (
                    <ScheduleForm
                      initial={schedule}
                      taken={names.filter((name) => name !== schedule.name)}
                      title={`Edit ${schedule.name}`}
                      submit="Save schedule"
                      onSave={(changed) => store(putSchedule(document, schedule.name, changed))}
                      onDone={close}
                    />
                  )}
                </EditDialog>
                <RemoveSchedule
                  name={schedule.name}
                  routes={mutedBy(document, schedule.name)}
                  busy={busy}
                  onRemove={() => change(removeSchedule(document, schedule.name))}
                />
              </div>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

const wordRoutes = (count: number) =>
  count === 0 ? "named by no route" : count === 1 ? "named by one route" : `named by ${count} routes`;

function RemoveSchedule({ name, routes, busy, onRemove }: { name: string; routes: number; busy: boolean; onRemove: () => void }) {
  const trigger = (
    <Button
      size="sm"
      variant="outline"
      disabled={busy}
      aria-label={`Remove schedule ${name}`}
      {...(routes === 0 ? { onClick: onRemove } : {})}
    >
      Remove
    </Button>
  );
  if (routes === 0) return trigger;
  return (
    <ConfirmDialog
      trigger={trigger}
      title={`Remove ${name}?`}
      consequence="The routes that name it are no longer muted by it, and tell at once what waits."
      confirm="Remove schedule"
      onConfirm={() => Promise.resolve(onRemove())}
    />
  );
}

function ScheduleForm({
  initial,
  taken,
  title,
  submit,
  onSave,
  onDone,
}: {
  initial: MuteSchedule;
  taken: readonly string[];
  title: string;
  submit: string;
  onSave: (schedule: MuteSchedule) => Promise<unknown>;
  onDone: () => void;
}) {
  const listId = useId();
  const { draft, errors, change, submit: send } = useDraft(muteScheduleSchema, initial);
  const [dates, setDates] = useState(initial.dates.join("\n"));
  const changeWindow = (at: number, more: Partial<Window>) =>
    change({ windows: draft.windows.map((one, i) => (i === at ? { ...one, ...more } : one)) });
  const onSubmit = () =>
    send(
      onSave,
      { dates: dates.split(/[\s,;]+/).filter(Boolean) },
      taken.includes(draft.name.trim()) ? { name: "There is a schedule of this name already." } : {},
    );
  const wrongDate = Object.entries(errors).find(([path]) => path.startsWith("dates"))?.[1];
  return (
    <EditForm
      title={title}
      description="By the clock on the wall of its time zone. A time that ends before it begins goes on into the next day."
      submit={submit}
      onSubmit={onSubmit}
      onDone={onDone}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name" error={errors["name"]}>
          {(props) => (
            <Input {...props} autoComplete="off" value={draft.name} onChange={({ target }) => change({ name: target.value })} />
          )}
        </Field>
        <Field label="Time zone" error={errors["timeZone"]}>
          {(props) => (
            <>
              <Input
                {...props}
                list={listId}
                autoComplete="off"
                spellCheck={false}
                value={draft.timeZone}
                onChange={({ target }) => change({ timeZone: target.value })}
              />
              <datalist id={listId}>
                {Intl.supportedValuesOf("timeZone").map((zone) => (
                  <option key={zone} value={zone}>
                    {zone}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      {draft.windows.map((one, at) => (
        <WindowFields
          key={at}
          number={at + 1}
          value={one}
          error={(field) => errors[`windows.${at}.${field}`]}
          onChange={(more) => changeWindow(at, more)}
          onRemove={() => change({ windows: draft.windows.filter((_, i) => i !== at) })}
        />
      ))}
      <Button
        variant="outline"
        size="sm"
        className="self-start justify-self-start"
        disabled={draft.windows.length >= 20}
        onClick={() =>
          change({
            windows: [...draft.windows, draft.windows.length === 0 ? NIGHT : { days: [6, 7], from: "00:00", to: "24:00" }],
          })
        }
      >
        <Plus aria-hidden /> Time
      </Button>
      <Field label="Whole days" hint="Holidays, one on a line, like 2026-12-25." error={wrongDate}>
        {(props) => <Textarea {...props} rows={3} value={dates} onChange={({ target }) => setDates(target.value)} />}
      </Field>
    </EditForm>
  );
}

function WindowFields({
  number,
  value: { days, from, to },
  error,
  onChange,
  onRemove,
}: {
  number: number;
  value: Window;
  error: (field: keyof Window) => string | undefined;
  onChange: (more: Partial<Window>) => void;
  onRemove: () => void;
}) {
  const toggle = (day: number) =>
    onChange({ days: days.includes(day) ? days.filter((one) => one !== day) : [...days, day].toSorted((a, b) => a - b) });
  return (
    <fieldset className="flex flex-wrap items-start gap-x-4 gap-y-2 rounded-md border p-3">
      <legend className="px-1 text-[13px] font-medium">Time {number}</legend>
      <div className="flex min-w-0 flex-col gap-1.5">
        <div role="group" aria-label={`Days of time ${number}`} className="flex flex-wrap gap-1">
          {DAY_LABELS.map((label, at) => (
            <Button
              key={label}
              size="sm"
              variant={days.includes(at + 1) ? "default" : "outline"}
              aria-pressed={days.includes(at + 1)}
              onClick={() => toggle(at + 1)}
            >
              {label}
            </Button>
          ))}
        </div>
        {error("days") ? (
          <p role="alert" className="text-xs text-destructive">
            {error("days")}
          </p>
        ) : null}
      </div>
      <Field label={`From ${number}`} className="w-24" error={error("from")}>
        {(props) => (
          <Input {...props} placeholder="22:00" value={from} onChange={({ target }) => onChange({ from: target.value })} />
        )}
      </Field>
      <Field label={`To ${number}`} className="w-24" error={error("to")}>
        {(props) => <Input {...props} placeholder="07:00" value={to} onChange={({ target }) => onChange({ to: target.value })} />}
      </Field>
      <Button variant="ghost" size="icon" className="mt-5" aria-label={`Remove time ${number}`} onClick={onRemove}>
        <X aria-hidden />
      </Button>
    </fieldset>
  );
}
