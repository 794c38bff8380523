"use client";
import { Check, CircleAlert, CircleCheck, FileCheck2, MessageSquare, UserCheck } from "lucide-react";
import { useState, type ReactNode } from "react";
import { formatAge, formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Label } from "@/components/ui/label";
import { notify } from "@/components/ui/notify";
import { Textarea } from "@/components/ui/textarea";
import type { ChangeView } from "@/lib/changes/schemas";
import { ConflictList } from "../preview/conflict-list";
import { CHANGES_PATH } from "../use-changes";
import { SideCard } from "./side-card";

/** What was checked by programs: each either fine, or said in a sentence. */
export function ChecksCard({ change }: { change: ChangeView }) {
  const { preview, flags } = change;
  const refusing = preview.targets.filter(({ outcome }) => outcome === "refused").length;
  const checks: { name: string; problems: string[] }[] = [
    { name: "It is complete and every reached target can take it", problems: preview.problems },
    {
      name: "Built on what is in force",
      problems: flags.stale ? ["A policy that it edits has changed since it was drafted. Edit it to take both."] : [],
    },
    { name: "No freeze", problems: flags.frozen ? ["Changes are frozen: nothing starts until it ends."] : [] },
    ...(preview.evidence.required ? [{ name: "A passing evaluation", problems: preview.evidence.problems }] : []),
  ];
  return (
    <SideCard title="Checks">
      <ul className="flex flex-col gap-2 text-[13px]">
        {checks.map(({ name, problems }) => (
          <li key={name} className="flex gap-2">
            {problems.length === 0 ? (
              <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />
            ) : (
              <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-destructive" />
            )}
            <div className="min-w-0">
              <p>
                {name}
                <span className="sr-only">{problems.length === 0 ? ": fine" : ": not so"}</span>
              </p>
              {problems.map((problem) => (
                <p key={problem} className="break-words text-muted-foreground">
                  {problem}
                </p>
              ))}
            </div>
          </li>
        ))}
      </ul>
      {refusing > 0 && preview.problems.length === 0 ? (
        <p className="text-[13px] text-muted-foreground">
          {refusing} {refusing === 1 ? "target refuses" : "targets refuse"} it and {refusing === 1 ? "keeps" : "keep"} what{" "}
          {refusing === 1 ? "it runs" : "they run"}.
        </p>
      ) : null}
      <ConflictList conflicts={preview.conflicts} />
    </SideCard>
  );
}

export function EvidenceCard({ change }: { change: ChangeView }) {
  const { timeZone } = useWorkspace();
  const { required, problems } = change.preview.evidence;
  if (!required && change.evidenceGiven.length === 0) return null;
  return (
    <SideCard title="Evidence">
      {change.evidenceGiven.length === 0 ? (
        <Nothing icon={<FileCheck2 aria-hidden />}>{problems[0] ?? "None is attached."}</Nothing>
      ) : (
        <ul className="flex flex-col gap-2.5">
          {change.evidenceGiven.map(({ id, kind, passed, summary, at, current, data }) => (
            <li key={id} className="text-[13px]">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <Badge variant={passed ? "success" : "destructive"}>
                  {passed ? <Check aria-hidden /> : <CircleAlert aria-hidden />} {kind.replaceAll("_", " ")}{" "}
                  {passed ? "passed" : "failed"}
                </Badge>
                {current ? null : <Badge variant="warning">of an earlier version</Badge>}
                <span className="text-xs text-muted-foreground">{formatInstant(at, timeZone)}</span>
              </p>
              <p className="mt-0.5 break-words">{summary}</p>
              <details>
                <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">Details</summary>
                <CodeBlock
                  code={JSON.stringify(data, null, 2)}
                  label="Details of the evidence"
                  className="[&_pre]:max-h-72 [&_pre]:overflow-y-auto"
                />
              </details>
            </li>
          ))}
        </ul>
      )}
    </SideCard>
  );
}

export function ApprovalsCard({ change }: { change: ChangeView }) {
  const { timeZone } = useWorkspace();
  return (
    <SideCard
      title="Approvals"
      actions={
        <span className="text-[13px] text-muted-foreground">
          {change.approvals.counting} of {change.approvals.quorum}
        </span>
      }
    >
      {change.approvalsGiven.length === 0 ? (
        <Nothing icon={<UserCheck aria-hidden />}>Nobody has approved this version.</Nothing>
      ) : (
        <ul className="flex flex-col gap-2 text-[13px]">
          {change.approvalsGiven.map(({ userId, userName, at, comment, counts }) => (
            <li key={userId}>
              <p className="flex flex-wrap items-center gap-x-2">
                <span className="font-medium">{userName}</span>
                <span className="text-xs text-muted-foreground">{formatInstant(at, timeZone)}</span>
                {counts ? null : <Badge variant="warning">does not count now</Badge>}
              </p>
              {comment ? <p className="break-words text-muted-foreground">{comment}</p> : null}
            </li>
          ))}
        </ul>
      )}
      {change.breakGlass ? (
        <div className="rounded-md border border-destructive/40 bg-destructive-muted px-3 py-2 text-[13px]">
          <p className="font-medium">
            {change.breakGlass.by} broke the glass, {formatInstant(change.breakGlass.at, timeZone)}
          </p>
          <p className="break-words">{change.breakGlass.reason}</p>
          <a
            href={change.breakGlass.incidentUrl}
            target="_blank"
            rel="noreferrer"
            className="break-all text-accent-foreground underline underline-offset-2"
          >
            {change.breakGlass.incidentUrl}
          </a>
        </div>
      ) : null}
    </SideCard>
  );
}

const SAID: Record<string, string> = { ask_changes: "asked for changes", reject: "rejected it", review: "closed the review" };

/** `now`: time of the answer, so that drawing again does not change what is drawn. */
export function CommentsCard({ change, now }: { change: ChangeView; now: number }) {
  const [text, setText] = useState("");
  const save = useSave(`${CHANGES_PATH}/${change.id}`);
  return (
    <SideCard title="Comments">
      {change.comments.length === 0 ? (
        <Nothing icon={<MessageSquare aria-hidden />}>Nobody has said anything.</Nothing>
      ) : (
        <ul className="flex flex-col gap-3 text-[13px]">
          {change.comments.map(({ id, author, kind, text: said, at }) => (
            <li key={id}>
              <p>
                <span className="font-medium">{author}</span>{" "}
                <span className="text-xs text-muted-foreground">
                  {SAID[kind] ? `${SAID[kind]}, ` : ""}
                  <time dateTime={at}>{formatAge(now - Date.parse(at))}</time>
                </span>
              </p>
              <p className="break-words whitespace-pre-wrap">{said}</p>
            </li>
          ))}
        </ul>
      )}
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            { method: "POST", path: `${CHANGES_PATH}/${change.id}/comments`, body: { text } },
            { onSuccess: () => setText(""), onError: (error) => void notify("error", error.message) },
          );
        }}
      >
        <Label htmlFor="comment">Add a comment</Label>
        <Textarea
          id="comment"
          className="min-h-16"
          maxLength={5_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Button type="submit" size="sm" variant="outline" className="self-start" disabled={text.trim() === "" || save.isPending}>
          Comment
        </Button>
      </form>
    </SideCard>
  );
}

function Nothing({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className="flex gap-2 text-[13px] text-muted-foreground [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0">
      {icon}
      <span className="min-w-0 break-words">{children}</span>
    </p>
  );
}
