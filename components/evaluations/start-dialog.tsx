"use client";
import { useState } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import type { SuiteView } from "@/lib/evaluations/schemas";
import { runsPath, useSuites } from "./use-evaluations";

const NOWHERE = { baseUrl: "", model: "" };

/** Which suite, and outside of the demo where both arms answer. */
export function StartDialog({ changeId, onClose }: { changeId: string; onClose: () => void }) {
  const { demo } = useWorkspace();
  const query = useSuites(true);
  const suites = query.data?.suites ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [baseline, setBaseline] = useState(NOWHERE);
  const [candidate, setCandidate] = useState(NOWHERE);
  const save = useSave(runsPath(changeId));
  const suiteId = chosen ?? suites[0]?.id ?? "";
  const complete = [baseline, candidate].every(({ baseUrl, model }) => baseUrl !== "" && model !== "");
  const ready = suiteId !== "" && (demo || complete);
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent>
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (!ready) return;
            const body = { suiteId, ...(demo ? {} : { baseline, candidate }) };
            save.mutate({ method: "POST", path: runsPath(changeId), body }, { onSuccess: onClose });
          }}
        >
          <DialogHeader>
            <DialogTitle>Run an evaluation</DialogTitle>
            <DialogDescription>
              {demo
                ? "Both arms are simulated engines that are started for it: one with the settings of today, one with those of this change."
                : "The same golden prompts are asked of both. Their hosts must be in HEADROOM_EVALUATION_HOSTS."}
            </DialogDescription>
          </DialogHeader>
          {suites.length === 0 ? (
            <p className="text-[13px]" role="status">
              {query.error
                ? query.error.message
                : query.isPending
                  ? "Loading suites"
                  : "There is no suite of golden prompts yet. A lead makes one with POST /api/v1/evaluations."}
            </p>
          ) : (
            <Field label="Suite" hint={aboutSuite(suites.find(({ id }) => id === suiteId))}>
              {(control) => (
                <Select value={suiteId} onValueChange={setChosen}>
                  <SelectTrigger {...control}>
                    <SelectValue />
                  </SelectTrigger>
                  <SelectContent>
                    {suites.map(({ id, name }) => (
                      <SelectItem key={id} value={id}>
                        {name}
                      </SelectItem>
                    ))}
                  </SelectContent>
                </Select>
              )}
            </Field>
          )}
          {demo ? null : (
            <>
              <EndpointFields name="Baseline" value={baseline} onChange={setBaseline} />
              <EndpointFields name="Candidate" value={candidate} onChange={setCandidate} />
            </>
          )}
          {save.error ? (
            <p
              role="alert"
              className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px] break-words"
            >
              {save.error.message}
            </p>
          ) : null}
          <DialogFooter>
            <Button variant="outline" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" disabled={!ready || save.isPending}>
              Run evaluation
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function EndpointFields({
  name,
  value,
  onChange,
}: {
  name: string;
  value: typeof NOWHERE;
  onChange: (value: typeof NOWHERE) => void;
}) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label={`${name}: base URL`} hint="Up to and with /v1">
        {(control) => (
          <Input
            {...control}
            type="url"
            required
            maxLength={500}
            placeholder="http://gateway:8080/v1"
            value={value.baseUrl}
            onChange={({ target }) => onChange({ ...value, baseUrl: target.value })}
          />
        )}
      </Field>
      <Field label={`${name}: model or route`}>
        {(control) => (
          <Input
            {...control}
            required
            maxLength={200}
            value={value.model}
            onChange={({ target }) => onChange({ ...value, model: target.value })}
          />
        )}
      </Field>
    </div>
  );
}

function aboutSuite(suite: SuiteView | undefined): string {
  if (!suite) return "";
  const cases = suite.taskTypes.reduce((sum, one) => sum + one.cases, 0);
  const { overall, taskType } = suite.tolerance;
  return `Version ${suite.version}, ${cases} golden prompts. Passes when it is surely less than ${overall * 100} points worse, and ${taskType * 100} in each task type.`;
}
