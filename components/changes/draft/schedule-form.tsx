"use client";
import { Field } from "@/components/settings/field";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import type { ChangeDraft } from "@/lib/changes/schemas";
import { SideCard } from "../change/side-card";
import { instantOf, localOf } from "../local-time";

const WHEN = [
  { value: "person", label: "When somebody starts it" },
  { value: "time", label: "At a time" },
] as const;
const DAY = 86_400_000;

/** Part of what is approved: to begin at another time is another approval. */
export function ScheduleForm({
  schedule,
  timeZone,
  onChange,
}: {
  schedule: ChangeDraft["schedule"];
  timeZone: string;
  onChange: (schedule: ChangeDraft["schedule"]) => void;
}) {
  const set = (text: string) => {
    const at = instantOf(text, timeZone);
    if (at) onChange({ at: at.toISOString(), timeZone });
  };
  return (
    <SideCard title="When it starts">
      <Segmented
        label="When it starts"
        className="self-start"
        options={WHEN}
        value={schedule ? "time" : "person"}
        onChange={(when) => (when === "person" ? onChange(null) : set(localOf(Date.now() + DAY, timeZone)))}
      />
      {schedule ? (
        <Field label="Time" hint={`In the zone of the workspace, ${timeZone}. It must be approved by then.`}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              className="w-56 max-w-full"
              value={localOf(Date.parse(schedule.at), timeZone)}
              onChange={({ target }) => set(target.value)}
            />
          )}
        </Field>
      ) : null}
    </SideCard>
  );
}
