"use client";
import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { LabelledSelect } from "@/components/ui/labelled-select";
import type { ChannelView } from "@/lib/notifications/channels/schemas";
import type { ResolvedRoute } from "@/lib/notifications/routing/find-routes";
import {
  rootSchema,
  routeSchema,
  type EscalationStep,
  type MuteSchedule,
  type Route,
  type Routing,
} from "@/lib/notifications/routing/schemas";
import { ChannelChoice } from "../channel-choice";
import { EditDialog, EditForm } from "../edit-dialog";
import { EMPTY_MATCHER, MatcherFields } from "../matcher-fields";
import { NamesField } from "../names-field";
import type { FieldErrors } from "../read-fields";
import { useDraft } from "../use-draft";
import { wordChannels } from "../words";
import { Inherited, InheritedTime } from "./inherited";
import { wordEscalation } from "./word-route";

/** `zero`: what no time at all is called. */
const TIMES = [
  { field: "groupWaitSec", label: "Wait for others", usualSec: [0, 10, 30, 60, 300], zero: "not at all" },
  { field: "groupIntervalSec", label: "Between two messages", usualSec: [0, 60, 300, 900, 3_600], zero: "no time" },
  { field: "repeatIntervalSec", label: "Say it again after", usualSec: [0, 3_600, 14_400, 43_200, 86_400], zero: "never" },
] as const;
const AFTER_MINUTES = [5, 10, 15, 30, 60, 120, 240, 1_440];

interface Known {
  channels: readonly ChannelView[];
  schedules: readonly MuteSchedule[];
  /** The settings that it has when it says nothing itself. */
  above: ResolvedRoute;
  /** "As above", or "Default" where nothing is above. */
  aboveName: string;
}

export const emptyRoute = (id: string): Route => ({
  id,
  name: "",
  matchers: [{ ...EMPTY_MATCHER, label: "severity", values: ["critical"] }],
  continue: false,
  channels: [],
  routes: [],
});

interface RouteFormProps {
  initial: Route;
  known: Known;
  title: string;
  submit: string;
  onSave: (route: Route) => Promise<unknown>;
  onDone: () => void;
}

/** A new route, or one that is there. */
export function RouteDialog({ trigger, ...form }: Omit<RouteFormProps, "onDone"> & { trigger: ReactNode }) {
  return <EditDialog trigger={trigger}>{(close) => <RouteForm {...form} onDone={close} />}</EditDialog>;
}

function RouteForm({ initial, known, title, submit, onSave, onDone }: RouteFormProps) {
  const { draft, errors, change, submit: send } = useDraft(routeSchema, initial);
  return (
    <EditForm
      title={title}
      description="It takes what matches, unless a route before it does. Routes below it may say more about a part of it."
      submit={submit}
      onSubmit={() => send(onSave)}
      onDone={onDone}
    >
      <Field label="Name of the route" error={errors["name"]}>
        {(props) => (
          <Input {...props} autoComplete="off" value={draft.name} onChange={({ target }) => change({ name: target.value })} />
        )}
      </Field>
      <MatcherFields value={draft.matchers} errors={errors} onChange={(matchers) => change({ matchers })} />
      <Inherited
        label="Tell channels of its own"
        value={draft.channels}
        above={`${known.aboveName}: ${wordChannels(known.above.channels, known.channels)}.`}
        start={[]}
        onChange={(channels) => change({ channels })}
      >
        {(chosen) => (
          <ChannelChoice legend="Tell" channels={known.channels} value={chosen} onChange={(channels) => change({ channels })} />
        )}
      </Inherited>
      <OwnFields draft={draft} known={known} errors={errors} onChange={change} />
      <div className="flex items-center gap-2">
        <Checkbox id="route-continue" checked={draft.continue} onCheckedChange={(on) => change({ continue: on === true })} />
        <Label htmlFor="route-continue" className="font-normal">
          Routes after it may take it too
        </Label>
      </div>
    </EditForm>
  );
}

interface RootFormProps {
  initial: Routing["root"];
  known: Known;
  onSave: (root: Routing["root"]) => Promise<unknown>;
  onDone: () => void;
}

/** What no route takes, and what routes do not say themselves. */
export function RootDialog({ trigger, ...form }: Omit<RootFormProps, "onDone"> & { trigger: ReactNode }) {
  return <EditDialog trigger={trigger}>{(close) => <RootForm {...form} onDone={close} />}</EditDialog>;
}

function RootForm({ initial, known, onSave, onDone }: RootFormProps) {
  const { draft, errors, change, submit: send } = useDraft(rootSchema, initial);
  return (
    <EditForm
      title="Everything else"
      description="What no route takes, and what routes do not say themselves."
      submit="Save"
      onSubmit={() => send(onSave)}
      onDone={onDone}
    >
      <ChannelChoice
        legend="Tell"
        channels={known.channels}
        value={draft.channels}
        onChange={(channels) => change({ channels })}
      />
      <OwnFields draft={draft} known={known} errors={errors} onChange={change} />
    </EditForm>
  );
}

type Own = Pick<Route, "groupBy" | "groupWaitSec" | "groupIntervalSec" | "repeatIntervalSec" | "mute" | "escalation">;

function OwnFields({
  draft,
  known: { channels, schedules, above, aboveName },
  errors,
  onChange,
}: {
  draft: Own;
  known: Known;
  errors: FieldErrors;
  onChange: (more: Own) => void;
}) {
  return (
    <>
      <Inherited
        label="Tell others when nobody acknowledges it"
        value={draft.escalation}
        above={
          above.escalation.length === 0 ? "Nobody else is told." : `${aboveName}: ${wordEscalation(above.escalation, channels)}.`
        }
        start={[{ afterMinutes: 15, channels: [] }]}
        onChange={(escalation) => onChange({ escalation })}
      >
        {(steps) => (
          <EscalationFields
            steps={steps}
            channels={channels}
            errors={errors}
            onChange={(escalation) => onChange({ escalation })}
          />
        )}
      </Inherited>
      <Inherited
        label="Mute it by schedules of its own"
        value={draft.mute}
        above={above.mute.length === 0 ? "It is never muted." : `${aboveName}: ${above.mute.join(", ")}.`}
        start={[]}
        onChange={(mute) => onChange({ mute })}
      >
        {(chosen) => <ScheduleChoice schedules={schedules} value={chosen} onChange={(mute) => onChange({ mute })} />}
      </Inherited>
      <fieldset className="grid gap-3 sm:grid-cols-3">
        <legend className="mb-1.5 text-[13px] font-medium">Times</legend>
        {TIMES.map(({ field, ...time }) => (
          <InheritedTime
            key={field}
            {...time}
            value={draft[field]}
            above={above[field]}
            aboveName={aboveName}
            onChange={(sec) => onChange({ [field]: sec })}
          />
        ))}
      </fieldset>
      <NamesField
        label="One message for each"
        hint={`Labels, separated by commas; “group” is the rule or budget it is about. Empty: ${aboveName.toLowerCase()} (${above.groupBy.join(", ") || "one for all"}).`}
        error={errors["groupBy"] ?? errors["groupBy.0"]}
        value={draft.groupBy ?? []}
        onChange={(groupBy) => onChange({ groupBy: groupBy.length === 0 ? undefined : groupBy })}
      />
    </>
  );
}

function EscalationFields({
  steps,
  channels,
  errors,
  onChange,
}: {
  steps: readonly EscalationStep[];
  channels: readonly ChannelView[];
  errors: FieldErrors;
  onChange: (steps: EscalationStep[]) => void;
}) {
  const change = (at: number, more: Partial<EscalationStep>) =>
    onChange(steps.map((step, i) => (i === at ? { ...step, ...more } : step)));
  return (
    <div className="flex flex-col gap-3">
      {steps.map((step, at) => (
        <fieldset key={at} className="flex flex-col gap-2 rounded-md border p-3">
          <legend className="sr-only">Step {at + 1}</legend>
          <div className="flex items-end justify-between gap-2">
            <LabelledSelect
              label={`Step ${at + 1}: after`}
              className="w-32"
              value={String(step.afterMinutes)}
              options={[...new Set([...AFTER_MINUTES, step.afterMinutes])]
                .toSorted((a, b) => a - b)
                .map((minutes) => ({ value: String(minutes), label: wordMinutes(minutes) }))}
              onChange={(minutes) => change(at, { afterMinutes: Number(minutes) })}
            />
            <Button
              variant="ghost"
              size="icon"
              aria-label={`Remove step ${at + 1}`}
              disabled={steps.length === 1}
              onClick={() => onChange(steps.filter((_, i) => i !== at))}
            >
              <X aria-hidden />
            </Button>
          </div>
          <ChannelChoice
            legend={`Step ${at + 1}: tell`}
            channels={channels}
            value={step.channels}
            error={errors[`escalation.${at}.channels`]}
            onChange={(chosen) => change(at, { channels: chosen })}
          />
        </fieldset>
      ))}
      <Button
        variant="outline"
        size="sm"
        className="self-start"
        disabled={steps.length >= 5}
        onClick={() => onChange([...steps, { afterMinutes: (steps.at(-1)?.afterMinutes ?? 0) * 2 || 15, channels: [] }])}
      >
        <Plus aria-hidden /> Step
      </Button>
    </div>
  );
}

const wordMinutes = (minutes: number) => (minutes < 60 ? `${minutes} min` : `${minutes / 60} h`);

function ScheduleChoice({
  schedules,
  value,
  onChange,
}: {
  schedules: readonly MuteSchedule[];
  value: readonly string[];
  onChange: (names: string[]) => void;
}) {
  if (schedules.length === 0)
    return <p className="text-xs text-muted-foreground">There is no mute schedule yet: it is never muted.</p>;
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="sr-only">Muted by</legend>
      {schedules.map(({ name }, at) => (
        <div key={name} className="flex min-h-7 items-center gap-2">
          <Checkbox
            id={`mute-${at}`}
            checked={value.includes(name)}
            onCheckedChange={(on) => onChange(on === true ? [...value, name] : value.filter((one) => one !== name))}
          />
          <Label htmlFor={`mute-${at}`} className="font-normal">
            {name}
          </Label>
        </div>
      ))}
    </fieldset>
  );
}
