"use client";
import { useState } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import type { ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import type { ChangeView } from "@/lib/changes/schemas";
import { instantOf, localOf } from "../local-time";
import { CLASS_WORDS, lengthOf, planInWords } from "../words";
import type { ActionKind } from "./prepare-actions";

interface Asked {
  title: string;
  what: string;
  confirm: string;
  /** Whether words are required, may be given, or are not asked for. */
  words: "required" | "optional" | "none";
  destructive?: true;
}

const ASKED: Partial<Record<ActionKind, Asked>> = {
  approve: {
    title: "Approve this change?",
    what: "Your approval is for exactly what you see here. Any edit voids it.",
    confirm: "Approve",
    words: "optional",
  },
  ask_changes: {
    title: "Ask for changes",
    what: "It becomes a draft again, and every approval of it is void.",
    confirm: "Ask for changes",
    words: "required",
  },
  reject: {
    title: "Reject this change?",
    what: "It ends here. Whoever wants it still clones it.",
    confirm: "Reject",
    words: "required",
    destructive: true,
  },
  start: { title: "Start the rollout?", what: "", confirm: "Start rollout", words: "none" },
  schedule: {
    title: "Schedule the start",
    what: "Every gate is checked again at that time. If one is closed, it is suspended and you are told.",
    confirm: "Schedule",
    words: "none",
  },
  cancel: {
    title: "Cancel this change?",
    what: "It ends here, and nothing of it was applied.",
    confirm: "Cancel change",
    words: "none",
    destructive: true,
  },
  break_glass: {
    title: "Break the glass",
    what: "Starts at once, without approvals and through a freeze. It is still checked, rolled out in steps and guarded. Somebody else must review it afterwards.",
    confirm: "Start now, review later",
    words: "required",
    destructive: true,
  },
  review: {
    title: "Close the review",
    what: "Say what you found in looking back at a change that nobody had approved.",
    confirm: "Close review",
    words: "required",
  },
};

const DAY = 86_400_000;

/** What an action needs to be told before it is done. */
export function ActionDialog({
  kind,
  change,
  busy,
  refusal,
  onRun,
  onClose,
}: {
  kind: ActionKind;
  change: ChangeView;
  busy: boolean;
  refusal: ApiError | null;
  onRun: (body: Record<string, unknown> & { kind: ActionKind }) => void;
  onClose: () => void;
}) {
  const { timeZone } = useWorkspace();
  const [words, setWords] = useState("");
  const [incidentUrl, setIncidentUrl] = useState("");
  const [password, setPassword] = useState("");
  const [at, setAt] = useState(() => localOf(Date.now() + DAY, timeZone));
  const asked = ASKED[kind];
  if (!asked) return null;
  const glass = kind === "break_glass";
  const instant = kind === "schedule" ? instantOf(at, timeZone) : null;
  const said = words.trim();
  const ready =
    (asked.words !== "required" || said !== "") &&
    (kind !== "schedule" || instant !== null) &&
    (!glass || (/^https?:\/\/\S+$/.test(incidentUrl) && password !== ""));
  const body = {
    ...(said === "" ? {} : glass ? { reason: said } : { comment: said }),
    ...(glass ? { incidentUrl, password } : {}),
    ...(instant ? { at: instant.toISOString() } : {}),
  };
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent>
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) onRun({ kind, ...body });
          }}
        >
          <DialogHeader>
            <DialogTitle>{asked.title}</DialogTitle>
            <DialogDescription>{kind === "start" ? startWords(change) : asked.what}</DialogDescription>
          </DialogHeader>
          {kind === "schedule" ? (
            <Field label="When" hint={`In the zone of the workspace, ${timeZone}.`}>
              {(control) => (
                <Input {...control} type="datetime-local" required value={at} onChange={({ target }) => setAt(target.value)} />
              )}
            </Field>
          ) : null}
          {asked.words === "none" ? null : (
            <Field label={glass ? "Why this cannot wait" : asked.words === "optional" ? "Comment (if you like)" : "What you say"}>
              {(control) => (
                <Textarea
                  {...control}
                  required={asked.words === "required"}
                  maxLength={5_000}
                  value={words}
                  onChange={({ target }) => setWords(target.value)}
                />
              )}
            </Field>
          )}
          {glass ? (
            <>
              <Field label="Incident" hint="Its address, https://…">
                {(control) => (
                  <Input
                    {...control}
                    type="url"
                    required
                    maxLength={500}
                    placeholder="https://incidents.example/42"
                    value={incidentUrl}
                    onChange={({ target }) => setIncidentUrl(target.value)}
                  />
                )}
              </Field>
              <Field label="Your password, again">
                {(control) => (
                  <Input
                    {...control}
                    type="password"
                    required
                    autoComplete="current-password"
                    value={password}
                    onChange={({ target }) => setPassword(target.value)}
                  />
                )}
              </Field>
            </>
          ) : null}
          {refusal ? (
            <p
              role="alert"
              className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px] break-words"
            >
              {refusal.message}
            </p>
          ) : null}
          <DialogFooter>
            <Button variant="outline" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" variant={asked.destructive ? "destructive" : "default"} disabled={!ready || busy}>
              {asked.confirm}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function startWords({ preview }: ChangeView): string {
  const touched = preview.targets.filter(({ outcome }) => outcome === "changed").length;
  const { what } = CLASS_WORDS[preview.restartClass];
  return `${touched} ${touched === 1 ? "target gets" : "targets get"} it: ${planInWords(preview.plan)}. ${what} Going back takes about ${lengthOf(preview.restoreSec)}.`;
}
