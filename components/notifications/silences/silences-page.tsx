"use client";
import { BellOff, Plus } from "lucide-react";
import { useQueryStates } from "nuqs";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
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
import { LabelledSelect } from "@/components/ui/labelled-select";
import { silenceSchema, type Matcher, type SilenceView } from "@/lib/notifications/routing/schemas";
import { EMPTY_MATCHER, MatcherFields } from "../matcher-fields";
import { readFields, type FieldErrors } from "../read-fields";
import { wordMatcher } from "../words";
import { matchersOf, silenceParsers } from "./silence-link";

const SILENCES = "/api/v1/silences";
const STATE_LABEL = { active: "Active", pending: "To come", expired: "Over" } as const;
const STATE_VARIANT = { active: "warning", pending: "secondary", expired: "outline" } as const;
const HOURS = [
  { value: "1", label: "1 hour" },
  { value: "4", label: "4 hours" },
  { value: "24", label: "1 day" },
  { value: "168", label: "1 week" },
];

/** What nobody is told for a while, who said so, and why. */
export function SilencesPage() {
  const { timeZone } = useWorkspace();
  const query = useApi<{ silences: SilenceView[] }>(SILENCES, { refreshMs: 30_000 });
  const save = useSave(SILENCES);
  const columns: DataColumn<SilenceView>[] = [
    { id: "matches", header: "Matches", value: ({ matchers }) => matchers.map(wordMatcher).join(" and ") },
    { id: "comment", header: "Why", value: ({ comment }) => comment },
    {
      id: "state",
      header: "State",
      value: ({ state }) => STATE_LABEL[state],
      cell: ({ state }) => <Badge variant={STATE_VARIANT[state]}>{STATE_LABEL[state]}</Badge>,
    },
    { id: "by", header: "By", value: ({ createdBy }) => createdBy },
    { id: "until", header: "Until", value: ({ endsAt }) => endsAt, cell: ({ endsAt }) => formatInstant(endsAt, timeZone) },
    { id: "endedBy", header: "Ended by", value: ({ endedBy }) => endedBy, hidden: true },
    {
      id: "actions",
      header: "Actions",
      align: "right",
      value: () => null,
      cell: ({ id, state, comment }) =>
        state === "expired" ? null : (
          <Button
            size="sm"
            variant="outline"
            aria-label={`End the silence “${comment}”`}
            onClick={() =>
              save.mutate(
                { method: "DELETE", path: `${SILENCES}/${id}` },
                {
                  onSuccess: () => void toast.success("The silence is over."),
                  onError: (error) => void toast.error(error.message),
                },
              )
            }
          >
            End now
          </Button>
        ),
    },
  ];
  return (
    <QueryCard
      title="Silences"
      description="What matches reaches no channel. The inbox still has it; an incident that outlasts its silence is told then."
      actions={<SilenceDialog />}
      query={query}
      isEmpty={({ silences }) => silences.length === 0}
      empty={{ icon: <BellOff />, title: "No silence", why: "Make one before planned work, with a reason and an end." }}
    >
      {({ silences }) => (
        <DataTable caption="List of silences" rows={silences} columns={columns} rowId={({ id }) => id} empty="No silence." />
      )}
    </QueryCard>
  );
}

/** An address may open it, filled in: from an incident, for its rule and labels. */
function SilenceDialog() {
  const [prefill, setPrefill] = useQueryStates(silenceParsers, { history: "replace" });
  const [asked, setAsked] = useState(false);
  const wanted = matchersOf(prefill);
  const close = () => {
    setAsked(false);
    void setPrefill(null);
  };
  return (
    <Dialog open={asked || wanted !== null} onOpenChange={(open) => (open ? setAsked(true) : close())}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Plus aria-hidden /> Silence
        </Button>
      </DialogTrigger>
      <DialogContent>
        <SilenceForm initial={wanted ?? [EMPTY_MATCHER]} incidentKey={prefill.incident} onMade={close} />
      </DialogContent>
    </Dialog>
  );
}

function SilenceForm({ initial, incidentKey, onMade }: { initial: Matcher[]; incidentKey: string | null; onMade: () => void }) {
  const [matchers, setMatchers] = useState(initial);
  const [comment, setComment] = useState("");
  const [hours, setHours] = useState("4");
  const [errors, setErrors] = useState<FieldErrors>({});
  const save = useSave(SILENCES);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const endsAt = new Date(Date.now() + Number(hours) * 3_600_000).toISOString();
    const read = readFields(silenceSchema, { matchers, comment, endsAt, ...(incidentKey === null ? {} : { incidentKey }) });
    setErrors(read.errors);
    if (read.value === null) return;
    save.mutate(
      { method: "POST", path: SILENCES, body: read.value },
      {
        onSuccess: () => {
          toast.success("It is silenced.");
          onMade();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Make a silence</DialogTitle>
        <DialogDescription>
          Labels are those of the rule, and tenant, severity, source and kind. A * stands for anything.
        </DialogDescription>
      </DialogHeader>
      <MatcherFields value={matchers} errors={errors} onChange={setMatchers} />
      <Field label="Why" error={errors["comment"]}>
        {(props) => <Input {...props} value={comment} onChange={({ target }) => setComment(target.value)} />}
      </Field>
      <LabelledSelect label="For" className="w-36" value={hours} options={HOURS} onChange={setHours} />
      {save.error ? (
        <p role="alert" className="text-xs text-destructive">
          {save.error.message}
        </p>
      ) : null}
      <DialogFooter>
        <Button type="submit" disabled={save.isPending}>
          Make silence
        </Button>
      </DialogFooter>
    </form>
  );
}
